package dev.visco.clients;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the clients have of the API's description is of this API. */
class GeneratedClientsTest {
  @TempDir private Path folder;

  @Test
  void typeScript() throws IOException {
    var code = new TypeScript(ApiModel.of(folder));
    Path sources = Path.of("clients/typescript/src");
    GeneratedFiles.requireCurrent(
        Map.of(
            sources.resolve("schemas.ts"), code.schemas(),
            sources.resolve("operations.ts"), code.operations()));
  }

  @Test
  void java() throws IOException {
    Path sources = Path.of("clients/java/src/main/java");
    GeneratedFiles.requireCurrent(new JavaSource(ApiModel.of(folder)).files(sources));
    GeneratedFiles.requireNoOthers(
        sources.resolve("dev/visco/client/model"),
        new JavaSource(ApiModel.of(folder)).files(sources).keySet());
  }
}
