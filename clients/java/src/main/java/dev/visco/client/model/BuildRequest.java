// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code BuildRequest} of the API; what is not there is null. */
public record BuildRequest(
    String recipe,
    List<String> with,
    String browser,
    String kernel) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String recipe;
    private List<String> with;
    private String browser;
    private String kernel;

    private Builder() {}

    public Builder recipe(String value) {
      this.recipe = value;
      return this;
    }

    public Builder with(List<String> value) {
      this.with = value;
      return this;
    }

    public Builder browser(String value) {
      this.browser = value;
      return this;
    }

    public Builder kernel(String value) {
      this.kernel = value;
      return this;
    }

    public BuildRequest build() {
      return new BuildRequest(recipe, with, browser, kernel);
    }
  }
}
