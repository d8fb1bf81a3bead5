import dev.visco.client.EventStream;
import dev.visco.client.Options;
import dev.visco.client.Page;
import dev.visco.client.Visco;
import dev.visco.client.ViscoConnectionException;
import dev.visco.client.ViscoException;
import dev.visco.client.VmFailedException;
import dev.visco.client.model.CreateRequest;
import dev.visco.client.model.EventDocument;
import dev.visco.client.model.ExecRequest;
import dev.visco.client.model.TokenDocument;
import dev.visco.client.model.TokenRequest;
import dev.visco.client.model.UserRequest;
import dev.visco.client.model.VmChange;
import dev.visco.client.model.VmDocument;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** What the client does with a daemon ({@code life}), and with commands ({@code exec VM}). */
public final class ClientCheck {
  private static final Duration LONG = Duration.ofMinutes(1);
  private final Visco visco = Visco.ofEnvironment();

  public static void main(String[] arguments) throws Exception {
    var check = new ClientCheck();
    if (arguments[0].equals("life")) {
      check.life();
      check.keys();
      check.pages();
      check.refusals();
      check.users();
      check.events();
    } else {
      check.commands(arguments[1]);
    }
    System.out.println("all is well");
  }

  private static void same(Object expected, Object found) {
    if (!Objects.equals(expected, found)) {
      throw new AssertionError("expected " + expected + " and found " + found);
    }
  }

  private static <T extends Throwable> T fails(Class<T> type, Callable<?> call) throws Exception {
    try {
      call.call();
    } catch (Throwable e) {
      if (type.isInstance(e)) {
        return type.cast(e);
      }
      throw e;
    }
    throw new AssertionError("it did not fail with " + type);
  }

  private static CreateRequest request(String user) {
    return CreateRequest.builder().userId(user).vmType("cli").labels(Map.of("app", user)).build();
  }

  private void life() throws Exception {
    VmDocument created = visco.createVm(request("anna"));
    VmDocument vm = visco.waitUntilReady(created.vmId(), LONG);
    same("anna", vm.userId());
    same(true, vm.created().isBefore(vm.changed().plusMillis(1)));
    String tag = "\"" + vm.revision() + "\"";
    VmChange change = VmChange.builder().name("box").build();
    same("box", visco.updateVm(vm.vmId(), change, new Options.UpdateVm().ifMatch(tag)).name());
    same(
        412,
        fails(
                ViscoException.class,
                () -> visco.updateVm(vm.vmId(), change, new Options.UpdateVm().ifMatch("\"1\"")))
            .status());
    same(vm.vmId(), visco.getVm("box").vmId());
    same("paused", visco.pauseVm("box").state());
    VmFailedException late =
        fails(VmFailedException.class, () -> visco.waitUntilReady("box", Duration.ofMillis(50)));
    same("paused", late.vm().state());
    visco.resumeVm("box");
    same("destroyed", visco.destroyVm(vm.vmId(), new Options.DestroyVm().wait("destroyed")).state());
  }

  private void keys() throws Exception {
    var options = new Options.CreateVm().idempotencyKey("order-7");
    String first = visco.createVm(request("bert"), options).vmId();
    same(first, visco.createVm(request("bert"), options).vmId());
    same(false, first.equals(visco.createVm(request("bert")).vmId()));
    CreateRequest other = CreateRequest.builder().userId("bert").vmType("cli").ttl("1h").build();
    same(422, fails(ViscoException.class, () -> visco.createVm(other, options)).status());
  }

  private void pages() {
    for (int at = 0; at < 3; at++) {
      visco.createVm(request("dora"));
    }
    Page<VmDocument> page = visco.listVms(new Options.ListVms().user("dora").limit(2L)).first();
    same(2, page.items().size());
    var seen = new ArrayList<String>();
    for (VmDocument vm : visco.listVms(new Options.ListVms().user("dora").limit(1L))) {
      seen.add(vm.labels().get("app"));
    }
    same(List.of("dora", "dora", "dora"), seen);
  }

  private void refusals() throws Exception {
    ViscoException refused =
        fails(
            ViscoException.class,
            () -> visco.listVms(new Options.ListVms().limit(0L)).stream().count());
    same(400, refused.status());
    same("limit", refused.problem().field());
    same("0", refused.problem().value());
    same(true, refused.getMessage().endsWith(refused.problem().remedy()));
    URI nobody = URI.create("http://127.0.0.1:1");
    fails(ViscoConnectionException.class, () -> new Visco(nobody, "t").getMe());
  }

  private void users() {
    visco.createUser(UserRequest.builder().id("emil").build());
    TokenDocument token =
        visco.createToken(
            TokenRequest.builder().name("emil-app").role("user").user("emil").build());
    var emil = new Visco(URI.create(System.getenv("VISCO_HOST")), token.secret());
    String mine = emil.createVm(CreateRequest.builder().vmType("cli").build()).vmId();
    same(List.of(mine), emil.listVms().stream().map(VmDocument::vmId).toList());
    same("ok", visco.getHealth().status());
  }

  private void events() {
    long before = visco.listEvents(new Options.ListEvents().limit(1L)).first().items().get(0).id();
    String vm = visco.createVm(request("fritz")).vmId();
    var options = new Options.StreamEvents().after(before).vm(vm);
    try (EventStream<EventDocument> events = visco.streamEvents(options)) {
      EventDocument first = events.iterator().next();
      same("vm-created", first.kind());
      same(first.id() + "", events.lastId());
    }
  }

  private void commands(String vm) throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var cat = ExecRequest.builder().command(List.of("cat")).stdin("h\u00e9 \"\\\n\u0001").build();
    same(0, visco.run(vm, cat, out, err));
    same("h\u00e9 \"\\\n\u0001", out.toString(StandardCharsets.UTF_8));
    same("h\u00e9 \"\\\n\u0001", visco.exec(vm, cat).stdout());
    var fail = ExecRequest.builder().command(List.of("fail")).build();
    same(3, visco.run(vm, fail, out, err));
    same("it failed\n", err.toString(StandardCharsets.UTF_8));
    var hang = ExecRequest.builder().command(List.of("hang")).build();
    fails(ViscoConnectionException.class, () -> visco.run(vm, hang, out, err));
    // Its files are none; the refusal is the API's all the same.
    fails(
        ViscoException.class,
        () -> {
          var to = new Options.WriteFile("relative");
          return visco.writeFile(vm, BodyPublishers.ofString("x"), to);
        });
  }
}
