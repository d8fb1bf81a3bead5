package dev.visco;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The floors of the house: imports point down only, and rooms on one floor never import each other.
 */
class FloorsTest {
  private static final String ROOT = "dev.visco.";

  /**
   * The ground stands first, then floor 0. A room that is not here is a failure: give it a floor.
   */
  private static final List<List<String>> FLOORS =
      List.of(
          List.of("model"),
          List.of("host"),
          List.of("settings", "store", "wire"),
          List.of("network", "image", "vmm", "verify", "diagnose", "session"),
          List.of("lifecycle"),
          List.of("api", "cli"),
          List.of("app"));

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
    assertThat(CLASSES.size()).isGreaterThan(80);
  }

  @Test
  void importsPointDown() {
    var wrong = new ArrayList<String>();
    int seen = 0;
    for (JavaClass type : CLASSES) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        Optional<String> from = room(type);
        Optional<String> to = room(dependency.getTargetClass().getBaseComponentType());
        if (from.isEmpty() || to.isEmpty() || from.equals(to)) {
          continue;
        }
        seen++;
        if (floor(to.get()) >= floor(from.get())) {
          wrong.add(from.get() + " must not know " + to.get() + ": " + dependency.getDescription());
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(seen).as("imports between rooms").isGreaterThan(100);
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

  private static Optional<String> room(JavaClass type) {
    if (!type.getPackageName().startsWith(ROOT)) {
      return Optional.empty();
    }
    return Optional.of(type.getPackageName().substring(ROOT.length()).split("\\.")[0]);
  }

  private static int floor(String room) {
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      if (FLOORS.get(floor).contains(room)) {
        return floor;
      }
    }
    throw new AssertionError("no floor for " + room);
  }
}
