// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.Map;

/** {@code ForkRequest} of the API; what is not there is null. */
public record ForkRequest(
    Integer count,
    String name,
    Map<String, String> labels,
    String ttl,
    String ttlFrom,
    String restart,
    String sleepAfter,
    Map<String, String> env) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private Integer count;
    private String name;
    private Map<String, String> labels;
    private String ttl;
    private String ttlFrom;
    private String restart;
    private String sleepAfter;
    private Map<String, String> env;

    private Builder() {}

    public Builder count(Integer value) {
      this.count = value;
      return this;
    }

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder labels(Map<String, String> value) {
      this.labels = value;
      return this;
    }

    public Builder ttl(String value) {
      this.ttl = value;
      return this;
    }

    public Builder ttlFrom(String value) {
      this.ttlFrom = value;
      return this;
    }

    public Builder restart(String value) {
      this.restart = value;
      return this;
    }

    public Builder sleepAfter(String value) {
      this.sleepAfter = value;
      return this;
    }

    public Builder env(Map<String, String> value) {
      this.env = value;
      return this;
    }

    public ForkRequest build() {
      return new ForkRequest(count, name, labels, ttl, ttlFrom, restart, sleepAfter, env);
    }
  }
}
