// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code Manifest} of the API; what is not there is null. */
public record Manifest(
    String name,
    String recipe,
    String kernel,
    String initrd,
    String rootfs,
    String root,
    String rootReason,
    String partitionUuid,
    String fileSystemUuid,
    String rootFileSystem,
    List<String> rootFeatures,
    String kernelFormat,
    String kernelRelease,
    Map<String, String> kernelConfig,
    List<String> initrdModules,
    String readsIp,
    Map<String, Integer> services,
    Integer vcpus,
    Integer memoryMib,
    List<String> packages,
    List<String> unknown,
    Integer kernelMinMemoryMib,
    List<String> initrdModuleReleases,
    Integer minMemoryMib,
    List<String> addressOwners,
    Integer vsockPort,
    ContainerFacts container,
    DiskFacts disk,
    RootContents contents,
    String rootFlags,
    SignInHelper signIn,
    ToolsInside tools,
    BuildChoices choices,
    String kernelBuild) {}
