// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code CreateRequest} of the API; what is not there is null. */
public record CreateRequest(
    String userId,
    String vmType,
    String image,
    String transport,
    Integer vcpus,
    Integer memoryMib,
    List<String> bootArgs,
    String ttl,
    Boolean force,
    List<VolumeRequest> volumes,
    Boolean home,
    String disk,
    String restart,
    String ttlFrom,
    String name,
    Map<String, String> labels,
    String memory,
    Map<String, String> env,
    List<FileRequest> files,
    List<Integer> ports,
    EgressRequest egress,
    String sleepAfter,
    String archiveAfter,
    String from) {
  /** One without fields, to which they are added. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes its fields by name. */
  public static final class Builder {
    private String userId;
    private String vmType;
    private String image;
    private String transport;
    private Integer vcpus;
    private Integer memoryMib;
    private List<String> bootArgs;
    private String ttl;
    private Boolean force;
    private List<VolumeRequest> volumes;
    private Boolean home;
    private String disk;
    private String restart;
    private String ttlFrom;
    private String name;
    private Map<String, String> labels;
    private String memory;
    private Map<String, String> env;
    private List<FileRequest> files;
    private List<Integer> ports;
    private EgressRequest egress;
    private String sleepAfter;
    private String archiveAfter;
    private String from;

    private Builder() {}

    public Builder userId(String value) {
      this.userId = value;
      return this;
    }

    public Builder vmType(String value) {
      this.vmType = value;
      return this;
    }

    public Builder image(String value) {
      this.image = value;
      return this;
    }

    public Builder transport(String value) {
      this.transport = value;
      return this;
    }

    public Builder vcpus(Integer value) {
      this.vcpus = value;
      return this;
    }

    public Builder memoryMib(Integer value) {
      this.memoryMib = value;
      return this;
    }

    public Builder bootArgs(List<String> value) {
      this.bootArgs = value;
      return this;
    }

    public Builder ttl(String value) {
      this.ttl = value;
      return this;
    }

    public Builder force(Boolean value) {
      this.force = value;
      return this;
    }

    public Builder volumes(List<VolumeRequest> value) {
      this.volumes = value;
      return this;
    }

    public Builder home(Boolean value) {
      this.home = value;
      return this;
    }

    public Builder disk(String value) {
      this.disk = value;
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

    public Builder memory(String value) {
      this.memory = value;
      return this;
    }

    public Builder env(Map<String, String> value) {
      this.env = value;
      return this;
    }

    public Builder files(List<FileRequest> value) {
      this.files = value;
      return this;
    }

    public Builder ports(List<Integer> value) {
      this.ports = value;
      return this;
    }

    public Builder egress(EgressRequest value) {
      this.egress = value;
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

    public Builder from(String value) {
      this.from = value;
      return this;
    }

    public CreateRequest build() {
      return new CreateRequest(userId, vmType, image, transport, vcpus, memoryMib, bootArgs, ttl, force, volumes, home, disk, restart, ttlFrom, name, labels, memory, env, files, ports, egress, sleepAfter, archiveAfter, from);
    }
  }
}
