package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.ProgressLines;
import dev.visco.api.http.RequestBody;
import dev.visco.api.http.Route;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.imports.DiskImport;
import dev.visco.image.imports.Import;
import dev.visco.image.imports.ImportSource;
import dev.visco.image.oci.ContainerRequest;
import dev.visco.image.oci.ContainerRequest.InFiles;
import dev.visco.image.oci.ContainerRequest.InRegistry;
import dev.visco.image.oci.OciReference;
import dev.visco.image.recipe.BuildChoices;
import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.model.Refused;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.Required;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /api/images}: lists, builds, imports and removes images. */
public final class ImageRoutes {
  /** Where the kernel and the sshd of a container image come from. */
  private static final String BASE = "cli";

  private final Images images;
  private final Supplier<Set<Digest>> imagesInUse;

  /**
   * @param imagesInUse those of VMs that have not ended, which cannot be removed
   */
  public ImageRoutes(Images images, Supplier<Set<Digest>> imagesInUse) {
    this.images = images;
    this.imagesInUse = imagesInUse;
  }

  public List<Route> routes() {
    return List.of(
        Route.operator(
                "GET",
                "/api/images",
                exchange -> exchange.items(images.all().stream().map(ImageDocument::of).toList()))
            .named("listImages", "Lists images by name.")
            .listing(ImageDocument.class, "images"),
        Route.operator("GET", "/api/images/{name}", this::get)
            .named("getImage", "Shows an image.")
            .answering(200, ImageDocument.class, "the image"),
        Route.operator("DELETE", "/api/images/{name}", this::remove)
            .named("removeImage", "Removes an image that no VM uses.")
            .answering(200, RemovedDocument.class, "it is removed"),
        Route.operator("POST", "/api/images/build", this::build)
            .named("buildImage", "Builds an image of a recipe.")
            .taking(BuildRequest.class)
            .answeringProgress("image", ImageDocument.class),
        Route.operator("POST", "/api/images/import", this::importImage)
            .named("importImage", "Makes an image of files on the daemon's host.")
            .taking(ImportRequest.class)
            .answeringProgress("image", ImageDocument.class),
        Route.operator("POST", "/api/images/pull", this::pull)
            .named("pullImage", "Makes an image of a container image in a registry.")
            .taking(PullRequest.class)
            .answeringProgress("image", ImageDocument.class));
  }

  private void get(Exchange exchange) {
    exchange.json(200, ImageDocument.of(images.image(exchange.path("name"))));
  }

  private void remove(Exchange exchange) {
    images.remove(exchange.path("name"), imagesInUse);
    exchange.json(200, new RemovedDocument(exchange.path("name")));
  }

  /**
   * {@code POST /api/images/build}. What is left out is as in the image that is there, and {@code
   * default} is what the recipe says.
   *
   * @param with names of the tools that the image gets instead of its recipe's
   * @param browser the name of one of the recipe's browsers
   * @param kernel the name of a kernel that is built of its source, like {@code lean}
   */
  record BuildRequest(
      @Nullable String recipe,
      @Nullable List<String> with,
      @Nullable String browser,
      @Nullable String kernel) {}

  private void build(Exchange exchange) throws IOException {
    BuildRequest request = exchange.body(BuildRequest.class);
    String recipe = Required.text("recipe", request.recipe());
    var choices = new BuildChoices(request.with(), request.browser(), request.kernel());
    images.builds().read(recipe, choices);
    ProgressLines.stream(
        exchange,
        "image",
        progress -> ImageDocument.of(images.builds().build(recipe, choices, progress)));
  }

  /**
   * {@code POST /api/images/import}; paths are absolute, and files on the daemon's host. Either a
   * kernel with its root file system, a whole disk, or a container image.
   *
   * @param disk a raw, qcow2, vhd, vhdx or vmdk disk, out of which the kernel and its initramfs are
   *     taken unless they are given
   * @param oci the path of an OCI layout or an archive of docker save, or a reference in a registry
   * @param ref which image it is, where there are several in it
   * @param base the image that the kernel and the initramfs come from, and a container image's
   *     sshd; for a container image {@code cli} when it is left out
   */
  record ImportRequest(
      @Nullable String name,
      @Nullable String oci,
      @Nullable String ref,
      @Nullable String base,
      @Nullable String kernel,
      @Nullable String initrd,
      @Nullable String rootfs,
      @Nullable String disk,
      @Nullable String kernelConfig,
      @Nullable Boolean force) {}

  private void importImage(Exchange exchange) throws IOException {
    ImportRequest request = exchange.body(ImportRequest.class);
    if (request.oci() != null) {
      importContainer(exchange, request);
      return;
    }
    ImportSource sources = source(request);
    images.checkImport(sources);
    ProgressLines.stream(
        exchange, "image", progress -> ImageDocument.of(images.importImage(sources, progress)));
  }

  private ImportSource source(ImportRequest request) {
    var name = new ImageName(Required.text("name", request.name()));
    boolean force = Boolean.TRUE.equals(request.force());
    Image base = ofBase(request);
    Path kernel = base == null ? RequestBody.path("kernel", request.kernel()) : base.kernel();
    Path initrd = base == null ? RequestBody.path("initrd", request.initrd()) : base.initrd();
    if (request.disk() == null) {
      return new Import(
          name,
          kernel == null ? RequestBody.requiredPath("kernel", null) : kernel,
          initrd,
          RequestBody.requiredPath("rootfs", request.rootfs()),
          RequestBody.path("kernelConfig", request.kernelConfig()),
          force);
    }
    if (request.rootfs() != null) {
      throw Refused.invalid(
          "disk",
          request.disk(),
          "is given beside rootfs",
          "Give one of them: a disk may hold its kernel, and a rootfs is given with one.");
    }
    return new DiskImport(
        name,
        RequestBody.requiredPath("disk", request.disk()),
        kernel,
        initrd,
        RequestBody.path("kernelConfig", request.kernelConfig()),
        force);
  }

  /** The image whose kernel and initramfs are taken; null when none is named. */
  private @Nullable Image ofBase(ImportRequest request) {
    if (request.base() == null) {
      return null;
    }
    if (request.kernel() != null || request.initrd() != null) {
      throw Refused.invalid(
          "base",
          request.base(),
          "is given beside a kernel or an initramfs",
          "Give one or the other: by base, both are those of that image.");
    }
    return images.image(base(request.base()).value());
  }

  private void importContainer(Exchange exchange, ImportRequest request) throws IOException {
    boolean hasOther =
        request.kernel() != null
            || request.rootfs() != null
            || request.initrd() != null
            || request.disk() != null;
    if (hasOther) {
      throw Refused.invalid(
          "oci",
          request.oci() + "",
          "is given beside a kernel, a root file system or a disk",
          "Give one or the other: a container image gets the kernel of another image, by base.");
    }
    String oci = request.oci() + "";
    makeContainer(
        exchange,
        new ContainerRequest(
            new ImageName(Required.text("name", request.name())),
            base(request.base()),
            oci.startsWith("/")
                ? new InFiles(RequestBody.requiredPath("oci", oci), request.ref())
                : new InRegistry(images.containers().reference(oci), false)));
  }

  private static ImageName base(@Nullable String name) {
    return new ImageName(Objects.requireNonNullElse(name, BASE));
  }

  /**
   * {@code POST /api/images/pull}.
   *
   * @param reference like {@code registry.example.com/shop/web:3}
   * @param name of the image; the last part of the repository when it is left out
   * @param plainHttp true to use http although the registry is not on the daemon's host
   */
  record PullRequest(
      @Nullable String reference,
      @Nullable String name,
      @Nullable String base,
      @Nullable Boolean plainHttp) {}

  private void pull(Exchange exchange) throws IOException {
    PullRequest request = exchange.body(PullRequest.class);
    OciReference reference =
        images.containers().reference(Required.text("reference", request.reference()));
    makeContainer(
        exchange,
        new ContainerRequest(
            request.name() == null ? reference.imageName() : new ImageName(request.name()),
            base(request.base()),
            new InRegistry(reference, Boolean.TRUE.equals(request.plainHttp()))));
  }

  private void makeContainer(Exchange exchange, ContainerRequest request) throws IOException {
    images.containers().check(request);
    ProgressLines.stream(
        exchange,
        "image",
        progress -> ImageDocument.of(images.containers().make(request, progress)));
  }
}
