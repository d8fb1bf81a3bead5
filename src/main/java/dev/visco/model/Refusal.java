package dev.visco.model;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The answer to a request that cannot be: what is wrong, in words for a person, and what to do
 * about it. The caller asked for something that cannot be; a host that failed is a fault and never
 * one of these.
 */
public sealed interface Refusal {
  /** What is wrong, in one or two sentences that name the value. */
  String detail();

  /** What the caller can do about it. */
  String remedy();

  /**
   * A value that cannot be. {@code field} is its name in the API, the settings file or on the
   * command line.
   */
  record Invalid(String field, String value, String reason, String remedy) implements Refusal {
    @Override
    public String detail() {
      return field + " \"" + value + "\" " + reason + ".";
    }
  }

  /** Nothing has this name. {@code kind} is "VM", "image", "VM type" … */
  record NotFound(String kind, String name, String remedy) implements Refusal {
    @Override
    public String detail() {
      return "There is no " + kind + " \"" + name + "\".";
    }
  }

  /** The thing exists but is in a state that does not allow this. */
  record Conflict(String detail, String remedy) implements Refusal {}

  /** A configured limit would be passed. {@code limit} is the setting's name. */
  record LimitReached(String limit, String detail, String remedy) implements Refusal {}

  /** Every slot of the address pool is taken. */
  record NoFreeSlot(String pool, int slots) implements Refusal {
    @Override
    public String detail() {
      return "All " + slots + " addresses of the pool " + pool + " are taken.";
    }

    @Override
    public String remedy() {
      return "Destroy a VM (visco rm VM) or set network.pool to a larger range.";
    }
  }

  /**
   * A boot that cannot work; {@code --force} boots it anyway.
   *
   * @param objections every one, the first in the chain of cause first; at least one
   */
  record CannotBoot(List<Objection> objections) implements Refusal {
    public CannotBoot {
      objections = List.copyOf(objections);
    }

    @Override
    public String detail() {
      return objections.stream()
          .map(one -> one.field() + " \"" + one.value() + "\": " + one.cause())
          .collect(Collectors.joining(" "));
    }

    @Override
    public String remedy() {
      return objections.stream().map(Objection::remedy).distinct().collect(Collectors.joining(" "))
          + " (--force boots it anyway.)";
    }
  }

  /** No or a wrong bearer token. */
  record Unauthorized(String detail, String remedy) implements Refusal {}

  /** The host lacks something that this needs: a package, memory, space on a disk, a port. */
  record HostLacks(String what, String detail, String remedy) implements Refusal {}
}
