// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.Map;

/** {@code QuotaFields} of the API; what is not there is null. */
public record QuotaFields(
    Integer vms,
    Map<String, Integer> vmsPerType,
    Integer vcpus,
    Long memoryMib,
    Long diskMib,
    Integer createsPerMinute) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private Integer vms;
    private Map<String, Integer> vmsPerType;
    private Integer vcpus;
    private Long memoryMib;
    private Long diskMib;
    private Integer createsPerMinute;

    private Builder() {}

    public Builder vms(Integer value) {
      this.vms = value;
      return this;
    }

    public Builder vmsPerType(Map<String, Integer> value) {
      this.vmsPerType = value;
      return this;
    }

    public Builder vcpus(Integer value) {
      this.vcpus = value;
      return this;
    }

    public Builder memoryMib(Long value) {
      this.memoryMib = value;
      return this;
    }

    public Builder diskMib(Long value) {
      this.diskMib = value;
      return this;
    }

    public Builder createsPerMinute(Integer value) {
      this.createsPerMinute = value;
      return this;
    }

    public QuotaFields build() {
      return new QuotaFields(vms, vmsPerType, vcpus, memoryMib, diskMib, createsPerMinute);
    }
  }
}
