package dev.visco.client;

import dev.visco.client.model.ExecEvent;
import dev.visco.client.model.ExecRequest;
import dev.visco.client.model.FileDocument;
import dev.visco.client.model.VmDocument;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The API of Visco: a method for each of its operations, and what is made of several. Calls block;
 * an interrupt ends them with a {@link ViscoConnectionException}. Safe for use by many threads.
 */
public final class Visco extends Operations {
  /** One call waits no longer than this, whatever is between here and the API. */
  private static final Duration ONE_CALL = Duration.ofSeconds(30);

  private static final int RETRIES = 2;

  /**
   * @param url like {@code https://visco.example.com}
   * @param token a bearer token
   */
  public Visco(URI url, String token) {
    this(url, token, HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(), RETRIES);
  }

  /**
   * @param http how to connect: with a certificate authority of yours, through a proxy
   * @param retries how often a call that is safe to repeat is sent again after it failed
   */
  public Visco(URI url, String token, HttpClient http, int retries) {
    super(new Transport(url, token, http, retries));
  }

  /** That of {@code VISCO_HOST}, or of this host, with the token {@code VISCO_TOKEN}. */
  public static Visco ofEnvironment() {
    String url = System.getenv("VISCO_HOST");
    return new Visco(
        URI.create(url == null ? "http://127.0.0.1:3000" : url),
        Objects.toString(System.getenv("VISCO_TOKEN"), ""));
  }

  /**
   * Waits until a VM is in one of these states, and gives it as it then is, or as it is when the
   * time is up.
   *
   * @param states like {@code ready,stopped}
   */
  public VmDocument waitFor(String id, String states, Duration max) {
    List<String> wanted = List.of(states.split(","));
    long end = System.nanoTime() + max.toNanos();
    while (true) {
      long left = Math.min(ONE_CALL.toMillis(), (end - System.nanoTime()) / 1_000_000);
      VmDocument vm =
          waitForVm(
              id, new Options.WaitForVm().for_(states).timeout(Math.max(1, left) + "ms"));
      if (wanted.contains(vm.state()) || System.nanoTime() >= end) {
        return vm;
      }
    }
  }

  /**
   * Waits until a VM is ready: until every criterion is met.
   *
   * @throws VmFailedException when it fails, or is not ready when the time is up; {@link
   *     #diagnoseVm} tells why
   */
  public VmDocument waitUntilReady(String id, Duration max) {
    VmDocument vm = waitFor(id, "ready,failed,stopped,destroyed", max);
    if (!vm.state().equals("ready")) {
      throw new VmFailedException(vm);
    }
    return vm;
  }

  /**
   * Runs a command in the guest and passes on what it writes as it comes.
   *
   * @return its exit code
   * @throws ViscoConnectionException when the connection to the guest breaks
   */
  public int run(String id, ExecRequest request, OutputStream out, OutputStream err) {
    try (EventStream<ExecEvent> events = execStream(id, request)) {
      for (ExecEvent event : events) {
        switch (event.type()) {
          case "exit":
            return event.exitCode();
          case "error":
            throw new ViscoConnectionException(event.detail(), null);
          default:
            OutputStream to = event.type().equals("stdout") ? out : err;
            to.write(event.data());
            to.flush();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new ViscoConnectionException("The answer ended before the command.", null);
  }

  /** What a folder of the guest has in it. */
  public List<FileDocument> listFolder(String id, String path) {
    Object items = ((Map<?, ?>) json(id, new Options.ReadFile(path).as("list"))).get("items");
    return ((List<?>) items)
        .stream().map(one -> (FileDocument) Records.of(FileDocument.class, one)).toList();
  }

  /** What is at a path of the guest. */
  public FileDocument statFile(String id, String path) {
    return (FileDocument)
        Records.of(FileDocument.class, json(id, new Options.ReadFile(path).as("stat")));
  }

  private Object json(String id, Options.ReadFile options) {
    try (var answer = readFile(id, options)) {
      return Json.read(new String(answer.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new ViscoConnectionException("The answer broke off.", e);
    }
  }
}
