package io.sluice.recovery.job;

import io.sluice.storage.proto.BackupProgress;
import java.util.concurrent.atomic.LongAdder;

/** How far a set is, since this node began with it or took it over. Any thread. */
final class BackupFigures {
  final LongAdder objects = new LongAdder();
  final LongAdder chunks = new LongAdder();
  final LongAdder bytesRead = new LongAdder();
  final LongAdder bytesWritten = new LongAdder();

  BackupProgress.Builder progress() {
    return BackupProgress.newBuilder()
        .setObjects(objects.sum())
        .setChunks(chunks.sum())
        .setBytesRead(bytesRead.sum())
        .setBytesWritten(bytesWritten.sum());
  }
}
