package dev.visco.failures;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.image.Disks;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.TestImages;
import dev.visco.image.oci.ContainerRequest;
import dev.visco.image.oci.MadeContainer;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.session.VmKeys;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Makes a guest of a container image as a VM boots it, for {@code
 * src/test/failures/foreign/record}: {@code OciGuest FOLDER ARCHIVE CONFIG} takes a root file
 * system's tar archive and an image's configuration as JSON, and leaves {@code kernel}, {@code
 * initrd}, {@code root.img}, {@code seed.img} and the value of {@code root=} in {@code root} in the
 * folder.
 */
public final class OciGuest {
  private OciGuest() {}

  /** Makes one. */
  public static void main(String[] words) throws IOException {
    Path folder = Path.of(words[0]).toAbsolutePath();
    DurableFiles.deleteTree(folder);
    Files.createDirectories(folder);
    var host = new LinuxHost();
    Path store = folder.resolve("store");
    TestImages.cli();
    host.check(Command.of("cp", "-al", TestImages.folder().toString(), store.toString()));
    var container = new MadeContainer().archive(Path.of(words[1]));
    Map<?, ?> config = Json.read(words[2], Map.class);
    config.forEach((key, value) -> container.with(key.toString(), value));
    Path layout = container.layout(folder.resolve("layout"), "guest");
    var request =
        new ContainerRequest(
            new ImageName("guest"),
            new ImageName("cli"),
            new ContainerRequest.InFiles(layout, null));
    Image image = new Images(host, store, List.of()).containers().make(request, Progress.SILENT);
    image.manifest().unknown().forEach(System.err::println);
    Files.move(image.rootfs(), folder.resolve("root.img"));
    Files.copy(image.kernel(), folder.resolve("kernel"));
    Files.copy(Objects.requireNonNull(image.initrd()), folder.resolve("initrd"));
    Files.writeString(folder.resolve("root"), image.manifest().root());
    var keys = new VmKeys(Files.createDirectory(folder.resolve("keys")));
    keys.create();
    var seed = new HashMap<>(keys.seedFiles());
    seed.put("hostname", "guest\n".getBytes(StandardCharsets.UTF_8));
    new Disks(host).seed(folder, 0, seed, Map.of());
    DurableFiles.deleteTree(store);
    DurableFiles.deleteTree(layout);
  }
}
