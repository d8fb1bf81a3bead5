package dev.visco.metrics;

import dev.visco.store.SignInRow;
import dev.visco.store.SignInRows;
import dev.visco.store.SignInState;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Sign-ins that are under way, each with a VM of its own. */
public final class SignInMetrics implements Metric.MetricSource {
  private final SignInRows rows;

  public SignInMetrics(SignInRows rows) {
    this.rows = rows;
  }

  @Override
  public List<Metric> metrics() {
    List<SignInRow> active = rows.active();
    return Stream.of(
            SignInState.STARTING,
            SignInState.WAITING,
            SignInState.EXCHANGING,
            SignInState.VALIDATING,
            SignInState.STORED)
        .map(state ->
            Metric.gauge(
                "visco.sign.ins",
                "sign-ins that are under way",
                Map.of("state", state.word()),
                active.stream().filter(row -> row.state() == state).count()))
        .toList();
  }
}
