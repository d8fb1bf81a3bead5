package dev.visco.model;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request that cannot be fulfilled: what is wrong with it, and what the caller can
 * do. A failure of the host is a {@code HostFault} and never one of these.
 */
public sealed interface Refusal {
  /** What is wrong, in one or two sentences with the value. */
  String detail();

  /** What the caller can do about it. */
  Advice advice();

  /** The advice in words that suit API and command line alike. */
  default String remedy() {
    return advice().toString();
  }

  /**
   * An invalid value. {@code field} is its name in the API, in the settings file or on the command
   * line.
   */
  record Invalid(String field, String value, String reason, Advice advice) implements Refusal {
    public Invalid(String field, String value, String reason, String remedy) {
      this(field, value, reason, Advice.words(remedy));
    }

    @Override
    public String detail() {
      return field + " \"" + value + "\" " + reason + ".";
    }
  }

  /** Nothing has this name. {@code kind} is "VM", "image", "VM type" … */
  record NotFound(String kind, String name, Advice advice) implements Refusal {
    public NotFound(String kind, String name, String remedy) {
      this(kind, name, Advice.words(remedy));
    }

    @Override
    public String detail() {
      return "There is no " + kind + " \"" + name + "\".";
    }
  }

  /** Something exists, and its state does not allow the request. */
  record Conflict(String detail, Advice advice) implements Refusal {
    public Conflict(String detail, String remedy) {
      this(detail, Advice.words(remedy));
    }
  }

  /** A key was used before for another request. */
  record KeyReused(String detail, Advice advice) implements Refusal {
    public KeyReused(String detail, String remedy) {
      this(detail, Advice.words(remedy));
    }
  }

  /** Something has changed since the caller has seen it. */
  record Outdated(String detail, Advice advice) implements Refusal {
    public Outdated(String detail, String remedy) {
      this(detail, Advice.words(remedy));
    }
  }

  /**
   * How much there is too little of, while VMs that run hold it.
   *
   * @param missing above zero, in the unit of {@code of}
   * @param user whose VMs hold it; null for those of all
   */
  record Shortage(Scarce of, long missing, @Nullable String user) {
    /** What only VMs that run hold. */
    public enum Scarce {
      MEMORY_MIB,
      VCPUS
    }
  }

  /**
   * A configured limit would be exceeded. {@code limit} is the setting's name.
   *
   * @param shortage null when it would be no use if VMs that run slept
   */
  record LimitReached(String limit, String detail, Advice advice, @Nullable Shortage shortage)
      implements Refusal {
    public LimitReached(String limit, String detail, Advice advice) {
      this(limit, detail, advice, null);
    }

    public LimitReached(String limit, String detail, String remedy) {
      this(limit, detail, Advice.words(remedy));
    }
  }

  /** Every slot of the address pool is in use. */
  record NoFreeSlot(String pool, int slots) implements Refusal {
    @Override
    public String detail() {
      return "All " + slots + " addresses of the pool " + pool + " are taken.";
    }

    @Override
    public Advice advice() {
      return Advice.of(
          "Destroy a VM ({}) or set network.pool to a larger range.", new Remedy.RemoveVm(null));
    }
  }

  /**
   * A boot that cannot work; {@code --force} boots it anyway.
   *
   * @param objections all objections, at least one; the first in the chain of causes first
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
    public Advice advice() {
      return Advice.joined(objections.stream().map(Objection::advice).distinct().toList())
          .and(" (--force boots it anyway.)");
    }
  }

  /** A missing or wrong bearer token. */
  record Unauthorized(String detail, Advice advice) implements Refusal {
    public Unauthorized(String detail, String remedy) {
      this(detail, Advice.words(remedy));
    }
  }

  /** The caller is known and may not do this. */
  record Forbidden(String detail, Advice advice) implements Refusal {
    public Forbidden(String detail, String remedy) {
      this(detail, Advice.words(remedy));
    }
  }

  /**
   * Something is on its way.
   *
   * @param retryAfter when it is worth trying again
   */
  record NotReadyYet(String detail, Duration retryAfter, Advice advice) implements Refusal {}

  /**
   * Too many within a time.
   *
   * @param limit the name of what limits them, a setting or a field of a quota
   * @param retryAfter when one more is allowed, if none is made before
   */
  record TooMany(String limit, String detail, Duration retryAfter, Advice advice)
      implements Refusal {
    public TooMany(String limit, String detail, Duration retryAfter, String remedy) {
      this(limit, detail, retryAfter, Advice.words(remedy));
    }
  }

  /** The host lacks something that the request needs: a package, memory, disk space, a port. */
  record HostLacks(String what, String detail, Advice advice) implements Refusal {
    public HostLacks(String what, String detail, String remedy) {
      this(what, detail, Advice.words(remedy));
    }
  }
}
