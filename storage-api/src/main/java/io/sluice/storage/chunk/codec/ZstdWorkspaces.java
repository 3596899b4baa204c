package io.sluice.storage.chunk.codec;

import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Workspaces that wait for their next use; as many as threads ever worked at once. Safe for use by
 * many threads.
 */
public final class ZstdWorkspaces implements AutoCloseable {
  private final ConcurrentLinkedDeque<ZstdWorkspace> idle = new ConcurrentLinkedDeque<>();
  private final int level;
  private volatile boolean closed;

  /** Workspaces that compress with a setting's level. */
  public ZstdWorkspaces(Compression compression) {
    this.level = compression.level();
  }

  ZstdWorkspace take() {
    ZstdWorkspace workspace = idle.pollFirst();
    return workspace == null ? new ZstdWorkspace(level) : workspace;
  }

  void giveBack(ZstdWorkspace workspace) {
    idle.addFirst(workspace);
    if (closed) {
      closeIdle();
    }
  }

  /** Frees what is idle now, and from now on whatever is given back. */
  @Override
  public void close() {
    closed = true;
    closeIdle();
  }

  private void closeIdle() {
    for (ZstdWorkspace w = idle.pollFirst(); w != null; w = idle.pollFirst()) {
      w.close();
    }
  }
}
