// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code VmChange} of the API; what is not there is null. */
public record VmChange(
    String ttl,
    String restart,
    String ttlFrom,
    String name,
    Map<String, String> labels,
    List<Integer> ports,
    Integer vcpus,
    String memory,
    Integer memoryMib,
    String disk,
    String sleepAfter,
    String archiveAfter) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String ttl;
    private String restart;
    private String ttlFrom;
    private String name;
    private Map<String, String> labels;
    private List<Integer> ports;
    private Integer vcpus;
    private String memory;
    private Integer memoryMib;
    private String disk;
    private String sleepAfter;
    private String archiveAfter;

    private Builder() {}

    public Builder ttl(String value) {
      this.ttl = value;
      return this;
    }

    public Builder restart(String value) {
      this.restart = value;
      return this;
    }

    public Builder ttlFrom(String value) {
      this.ttlFrom = value;
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

    public Builder ports(List<Integer> value) {
      this.ports = value;
      return this;
    }

    public Builder vcpus(Integer value) {
      this.vcpus = value;
      return this;
    }

    public Builder memory(String value) {
      this.memory = value;
      return this;
    }

    public Builder memoryMib(Integer value) {
      this.memoryMib = value;
      return this;
    }

    public Builder disk(String value) {
      this.disk = value;
      return this;
    }

    public Builder sleepAfter(String value) {
      this.sleepAfter = value;
      return this;
    }

    public Builder archiveAfter(String value) {
      this.archiveAfter = value;
      return this;
    }

    public VmChange build() {
      return new VmChange(ttl, restart, ttlFrom, name, labels, ports, vcpus, memory, memoryMib, disk, sleepAfter, archiveAfter);
    }
  }
}
