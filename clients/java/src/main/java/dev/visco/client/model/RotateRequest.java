// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code RotateRequest} of the API; what is not there is null. */
public record RotateRequest(
    String keyFile,
    List<String> earlierKeyFiles) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String keyFile;
    private List<String> earlierKeyFiles;

    private Builder() {}

    public Builder keyFile(String value) {
      this.keyFile = value;
      return this;
    }

    public Builder earlierKeyFiles(List<String> value) {
      this.earlierKeyFiles = value;
      return this;
    }

    public RotateRequest build() {
      return new RotateRequest(keyFile, earlierKeyFiles);
    }
  }
}
