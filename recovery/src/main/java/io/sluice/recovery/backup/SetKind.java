package io.sluice.recovery.backup;

import java.util.Arrays;
import java.util.Optional;

/** What a backup holds. */
public enum SetKind {
  /** Everything, at one cut. */
  FULL("full", false),
  /** What changed since the last backup of any kind. */
  INCREMENTAL("incremental", true),
  /** What changed since the last full one. */
  DIFFERENTIAL("differential", true),
  /** Everything, put together from a chain; no chunk was sent for it. */
  SYNTHETIC_FULL("synthetic-full", false);

  private final String text;
  private final boolean hasParent;

  SetKind(String text, boolean hasParent) {
    this.text = text;
    this.hasParent = hasParent;
  }

  /** As commands and {@code set.json} name it. */
  public static Optional<SetKind> parse(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text.equals(text)).findFirst();
  }

  /** Whether it is worth nothing without its parent. */
  public boolean hasParent() {
    return hasParent;
  }

  @Override
  public String toString() {
    return text;
  }
}
