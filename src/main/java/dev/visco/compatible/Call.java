package dev.visco.compatible;

/**
 * All calls of the API, parsed and of valid shape. {@link BeforeBoot} and {@link AfterBoot} each
 * decide for every call whether it is possible.
 */
sealed interface Call {
  record GetInstance() implements Call {}

  record GetVersion() implements Call {}

  record GetConfiguration() implements Call {}

  record GetMachine() implements Call {}

  record GetMetadata() implements Call {}

  record GetBalloon() implements Call {}

  record GetBalloonStatistics() implements Call {}

  record GetHinting() implements Call {}

  record GetMemoryHotplug() implements Call {}

  record PutBootSource(Body body) implements Call {}

  record PutMachine(Body body) implements Call {}

  record PatchMachine(Body body) implements Call {}

  record PutDrive(Body body) implements Call {}

  record PatchDrive(Body body) implements Call {}

  record PutNetwork(Body body) implements Call {}

  record PatchNetwork(Body body) implements Call {}

  record PutPmem(Body body) implements Call {}

  record PatchPmem(Body body) implements Call {}

  record PutVsock(Body body) implements Call {}

  record PutMetadata(JsonValue value) implements Call {}

  record PatchMetadata(JsonValue value) implements Call {}

  record PutMmdsConfig(Body body) implements Call {}

  record PutBalloon(Body body) implements Call {}

  record PatchBalloon(Body body) implements Call {}

  record PatchBalloonStatistics(Body body) implements Call {}

  record StartHinting(boolean acknowledgeOnStop) implements Call {}

  record StopHinting() implements Call {}

  record PutEntropy(Body body) implements Call {}

  record PutSerial(Body body) implements Call {}

  record PutMemoryHotplug(Body body) implements Call {}

  record PatchMemoryHotplug(Body body) implements Call {}

  record PutLogger(Body body) implements Call {}

  record PutMetrics(Body body) implements Call {}

  record PutCpuConfig(Body body) implements Call {}

  record Start() implements Call {}

  record FlushMetrics() implements Call {}

  record CtrlAltDel() implements Call {}

  record Pause() implements Call {}

  record Resume() implements Call {}

  record CreateSnapshot(Body body) implements Call {}

  record LoadSnapshot(Body body) implements Call {}

  /**
   * @param path of the resource, like {@code drives}
   */
  record Unplug(String path, String id) implements Call {}
}
