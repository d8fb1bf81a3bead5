package dev.visco;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The floors of the house: imports point down only, and rooms on one floor never import each other.
 * A room is a package with the packages below it; some have inner rooms, with rules of their own.
 */
class FloorsTest {
  private static final String ROOT = "dev.visco.";

  /** The lowest floor stands first. A package that is in no room is a failure: give it a floor. */
  private static final List<List<String>> FLOORS =
      List.of(
          List.of("model"),
          List.of("host"),
          List.of("settings", "store", "wire"),
          List.of(
              "archive",
              "network",
              "image",
              "vmm",
              "verify",
              "diagnose",
              "session",
              "provider",
              "vault",
              "relay"),
          List.of("lifecycle", "compatible"),
          List.of("delivery"),
          List.of(
              "rollout",
              "pool",
              "snapshot",
              "volume",
              "desktop",
              "signin",
              "link",
              "prompt",
              "egress",
              "placeholder",
              "diagnostics",
              "metrics",
              "sweep",
              "users",
              "events",
              "backup",
              "upgrade"),
          List.of("commands"),
          List.of("api", "cli"),
          List.of("app"));

  /** What never imports what, besides: prefixes of packages. */
  private static final Map<String, List<String>> NEVERS =
      Map.of(
          "vmm.firecracker", List.of("vmm.qemu"),
          "vmm.qemu", List.of("vmm.firecracker", "vmm.release"),
          "lifecycle", List.of("vmm.qemu", "vmm.firecracker"),
          // A program of its own, with nothing of the daemon in it.
          "compatible",
              List.of(
                  "settings",
                  "store",
                  "network",
                  "image",
                  "verify",
                  "diagnose",
                  "session",
                  "vmm.firecracker"));

  /** Files of one package that know each other in a circle, at most. */
  private static final int MAX_CIRCLE = 3;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.visco");

  @Test
  void everyRoomHasAFloorAndSomethingInIt() {
    var counted = new TreeMap<String, Integer>();
    CLASSES.forEach(type -> counted.merge(room(type).orElse("(none)"), 1, Integer::sum));
    assertThat(counted.keySet())
        .containsExactlyInAnyOrderElementsOf(FLOORS.stream().flatMap(List::stream).toList());
    assertThat(CLASSES.size()).isGreaterThan(800);
  }

  @Test
  void importsPointDown() {
    var wrong = new ArrayList<String>();
    int seen = 0;
    for (Arrow arrow : arrows()) {
      Optional<String> from = room(arrow.from());
      Optional<String> to = room(arrow.to());
      if (from.isEmpty() || to.isEmpty() || from.equals(to)) {
        continue;
      }
      seen++;
      if (floor(to.get()) >= floor(from.get())) {
        wrong.add(from.get() + " must not know " + to.get() + ": " + arrow.why());
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(seen).as("imports between rooms").isGreaterThan(1000);
  }

  @Test
  void whatNeverMayKnowEachOtherDoesNot() {
    var wrong = new ArrayList<String>();
    for (Arrow arrow : arrows()) {
      NEVERS.forEach((from, targets) -> {
        if (isIn(arrow.from(), from) && targets.stream().anyMatch(to -> isIn(arrow.to(), to))) {
          wrong.add(arrow.why());
        }
      });
    }
    assertThat(wrong).isEmpty();
  }

  /** A circle of files can only be understood, moved and tested as a whole. */
  @Test
  void filesOfOnePackageKnowEachOtherInSmallCirclesOnly() {
    Map<String, Map<String, Set<String>>> packages = new TreeMap<>();
    for (Arrow arrow : arrows()) {
      if (arrow.from().getPackageName().equals(arrow.to().getPackageName())) {
        String from = file(arrow.from());
        String to = file(arrow.to());
        if (!from.equals(to)) {
          packages
              .computeIfAbsent(arrow.from().getPackageName(), _ -> new TreeMap<>())
              .computeIfAbsent(from, _ -> new TreeSet<>())
              .add(to);
        }
      }
    }
    var circles = new TreeSet<String>();
    packages.forEach((name, files) -> {
      for (String file : files.keySet()) {
        Set<String> circle = circle(files, file);
        if (circle.size() > MAX_CIRCLE) {
          circles.add(name + ": " + circle);
        }
      }
    });
    assertThat(circles).isEmpty();
    assertThat(packages).hasSizeGreaterThan(10);
  }

  @Test
  void processesStartInHostOnly() {
    var starters =
        CLASSES.stream()
            .filter(type ->
                type.getDirectDependenciesFromSelf().stream()
                    .anyMatch(d -> d.getTargetClass().isEquivalentTo(ProcessBuilder.class)))
            .map(type -> room(type).orElse("(none)"))
            .distinct();
    assertThat(starters).containsExactly("host");
  }

  private record Arrow(JavaClass from, JavaClass to, String why) {}

  private static List<Arrow> arrows() {
    var arrows = new ArrayList<Arrow>();
    for (JavaClass type : CLASSES) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass to = dependency.getTargetClass().getBaseComponentType();
        if (to.getPackageName().startsWith(ROOT)) {
          arrows.add(new Arrow(type, to, dependency.getDescription()));
        }
      }
    }
    return arrows;
  }

  private static boolean isIn(JavaClass type, String prefix) {
    return (type.getPackageName() + ".").startsWith(ROOT + prefix + ".");
  }

  private static String file(JavaClass type) {
    JavaClass top = type;
    while (top.getEnclosingClass().isPresent()) {
      top = top.getEnclosingClass().get();
    }
    return top.getSimpleName();
  }

  private static Optional<String> room(JavaClass type) {
    String name = type.getPackageName() + ".";
    if (!name.startsWith(ROOT)) {
      return Optional.empty();
    }
    String below = name.substring(ROOT.length());
    int dot = below.indexOf('.');
    return dot < 0 ? Optional.empty() : Optional.of(below.substring(0, dot));
  }

  private static int floor(String room) {
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      if (FLOORS.get(floor).contains(room)) {
        return floor;
      }
    }
    throw new AssertionError(room + " has no floor");
  }

  /** The files that this one reaches and that reach it; none but itself when it is in no circle. */
  private static Set<String> circle(Map<String, Set<String>> arrows, String file) {
    Set<String> circle = reached(arrows, file);
    circle.removeIf(other -> !reached(arrows, other).contains(file));
    return circle;
  }

  private static Set<String> reached(Map<String, Set<String>> arrows, String file) {
    var reached = new TreeSet<>(Set.of(file));
    Deque<String> next = new ArrayDeque<>(reached);
    while (!next.isEmpty()) {
      for (String to : arrows.getOrDefault(next.pop(), Set.of())) {
        if (reached.add(to)) {
          next.push(to);
        }
      }
    }
    return reached;
  }
}
