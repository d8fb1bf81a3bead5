// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PromptRequest} of the API; what is not there is null. */
public record PromptRequest(
    String userId,
    String provider,
    String prompt,
    String vm,
    PromptOptions options) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String userId;
    private String provider;
    private String prompt;
    private String vm;
    private PromptOptions options;

    private Builder() {}

    public Builder userId(String value) {
      this.userId = value;
      return this;
    }

    public Builder provider(String value) {
      this.provider = value;
      return this;
    }

    public Builder prompt(String value) {
      this.prompt = value;
      return this;
    }

    public Builder vm(String value) {
      this.vm = value;
      return this;
    }

    public Builder options(PromptOptions value) {
      this.options = value;
      return this;
    }

    public PromptRequest build() {
      return new PromptRequest(userId, provider, prompt, vm, options);
    }
  }
}
