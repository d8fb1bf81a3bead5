package dev.visco.app;

/** The program. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {}
}
