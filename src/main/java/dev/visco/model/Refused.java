package dev.visco.model;

/** Carries a {@link Refusal} to where the request is answered; never logged as an error. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient Refusal refusal;

  public Refused(Refusal refusal) {
    super(refusal.detail() + " " + refusal.remedy(), null, false, false);
    this.refusal = refusal;
  }

  public Refusal refusal() {
    return refusal;
  }

  /** An invalid value; see {@link Refusal.Invalid}. */
  public static Refused invalid(String field, String value, String reason, String remedy) {
    return invalid(field, value, reason, Advice.words(remedy));
  }

  /** An invalid value, with remedies in the advice. */
  public static Refused invalid(String field, String value, String reason, Advice advice) {
    return new Refused(new Refusal.Invalid(field, value, reason, advice));
  }
}
