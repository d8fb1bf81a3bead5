// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ImportRequest} of the API; what is not there is null. */
public record ImportRequest(
    String name,
    String oci,
    String ref,
    String base,
    String kernel,
    String initrd,
    String rootfs,
    String disk,
    String kernelConfig,
    Boolean force) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String name;
    private String oci;
    private String ref;
    private String base;
    private String kernel;
    private String initrd;
    private String rootfs;
    private String disk;
    private String kernelConfig;
    private Boolean force;

    private Builder() {}

    public Builder name(String value) {
      this.name = value;
      return this;
    }

    public Builder oci(String value) {
      this.oci = value;
      return this;
    }

    public Builder ref(String value) {
      this.ref = value;
      return this;
    }

    public Builder base(String value) {
      this.base = value;
      return this;
    }

    public Builder kernel(String value) {
      this.kernel = value;
      return this;
    }

    public Builder initrd(String value) {
      this.initrd = value;
      return this;
    }

    public Builder rootfs(String value) {
      this.rootfs = value;
      return this;
    }

    public Builder disk(String value) {
      this.disk = value;
      return this;
    }

    public Builder kernelConfig(String value) {
      this.kernelConfig = value;
      return this;
    }

    public Builder force(Boolean value) {
      this.force = value;
      return this;
    }

    public ImportRequest build() {
      return new ImportRequest(name, oci, ref, base, kernel, initrd, rootfs, disk, kernelConfig, force);
    }
  }
}
