package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.ProgressLines;
import dev.visco.api.http.RequestBody;
import dev.visco.api.http.Route;
import dev.visco.image.Images;
import dev.visco.image.imports.Import;
import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.wire.RemovedDocument;
import dev.visco.wire.Required;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /api/images}: lists, builds, imports and removes images. */
public final class ImageRoutes {
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
            .answeringProgress("image", ImageDocument.class));
  }

  private void get(Exchange exchange) {
    exchange.json(200, ImageDocument.of(images.image(exchange.path("name"))));
  }

  private void remove(Exchange exchange) {
    images.remove(exchange.path("name"), imagesInUse);
    exchange.json(200, new RemovedDocument(exchange.path("name")));
  }

  /** {@code POST /api/images/build}. */
  record BuildRequest(@Nullable String recipe) {}

  private void build(Exchange exchange) throws IOException {
    String recipe = Required.text("recipe", exchange.body(BuildRequest.class).recipe());
    images.readRecipe(recipe);
    ProgressLines.stream(
        exchange, "image", progress -> ImageDocument.of(images.build(recipe, progress)));
  }

  /** {@code POST /api/images/import}; paths are absolute, and files on the daemon's host. */
  record ImportRequest(
      @Nullable String name,
      @Nullable String kernel,
      @Nullable String initrd,
      @Nullable String rootfs,
      @Nullable String kernelConfig,
      @Nullable Boolean force) {}

  private void importImage(Exchange exchange) throws IOException {
    ImportRequest request = exchange.body(ImportRequest.class);
    var sources =
        new Import(
            new ImageName(Required.text("name", request.name())),
            RequestBody.requiredPath("kernel", request.kernel()),
            RequestBody.path("initrd", request.initrd()),
            RequestBody.requiredPath("rootfs", request.rootfs()),
            RequestBody.path("kernelConfig", request.kernelConfig()),
            Boolean.TRUE.equals(request.force()));
    images.checkImport(sources);
    ProgressLines.stream(
        exchange, "image", progress -> ImageDocument.of(images.importImage(sources, progress)));
  }
}
