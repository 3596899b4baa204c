package io.sluice.metadata.state.row;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.RowKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A column family: rows of one kind, with a write buffer and files of their own; or of a few kinds,
 * each with a tag that its keys begin with. Each kind says how a backup has it.
 */
public enum Family {
  /** How far the shard is, and which buckets are sealed. RocksDB insists on a family "default". */
  META(InBackup.NOT_PART),
  BUCKETS(
      tagged('n', InBackup.BY_HISTORY),
      tagged('o', InBackup.DERIVED),
      tagged('d', InBackup.DERIVED)),
  ACCOUNTS(
      undone('n', RowKind.ACCOUNT_ROW),
      tagged('k', InBackup.DERIVED),
      tagged('i', InBackup.DERIVED)),
  /** The current version of each object: what listings read. */
  OBJECTS(InBackup.BY_HISTORY),
  MANIFESTS(InBackup.BY_REFERENCE),
  PARTS(InBackup.BY_REFERENCE),
  /** Bytes of small objects and parts, apart from what listings read. */
  INLINE(InBackup.BY_REFERENCE),
  /** Nobody was told yet that what they hold is stored. */
  UPLOADS(InBackup.NOT_PART),
  UPLOAD_PARTS(InBackup.NOT_PART),
  /** What names a chunk. */
  CHUNKS(InBackup.DERIVED),
  GARBAGE(InBackup.NOT_PART),
  CHANGES(InBackup.NOT_PART),
  /** What became of each command, for as long as it may come again. */
  OUTCOMES(InBackup.NOT_PART),
  /**
   * The nodes of the cluster, and its settings; where backups and mirrors go, and how far they are.
   */
  NODES(
      tagged('n', InBackup.NOT_PART),
      tagged('g', InBackup.NOT_PART),
      undone('o', RowKind.SETTING_ROW),
      tagged('t', InBackup.NOT_PART),
      tagged('p', InBackup.NOT_PART),
      tagged('m', InBackup.NOT_PART)),
  /** Rows that were replaced or deleted, and can still be read. */
  HISTORY(FormatRange.HISTORY, InBackup.BY_REFERENCE),
  /** The rows of the history in the order in which they may leave it. */
  HISTORY_QUEUE(FormatRange.HISTORY, InBackup.NOT_PART),
  PINS(FormatRange.HISTORY, InBackup.NOT_PART),
  /** The moments that can be read. */
  SNAPSHOTS(FormatRange.HISTORY, InBackup.NOT_PART);

  /** Those rows of a family whose keys begin with a tag; all rows when that is null. */
  private record Rule(@Nullable Character tag, InBackup inBackup, @Nullable RowKind kind) {
    boolean isOf(byte[] key) {
      return tag == null || (key.length > 0 && key[0] == tag);
    }
  }

  private final int format;

  @SuppressWarnings("ImmutableEnumChecker") // List.of gives lists that never change
  private final List<Rule> rules;

  Family(InBackup inBackup) {
    this(FormatRange.FIRST, inBackup);
  }

  Family(int format, InBackup inBackup) {
    this.format = format;
    this.rules = List.of(new Rule(null, inBackup, null));
  }

  Family(Rule... rules) {
    this.format = FormatRange.FIRST;
    this.rules = List.of(rules);
  }

  private static Rule tagged(char tag, InBackup inBackup) {
    return new Rule(tag, inBackup, null);
  }

  private static Rule undone(char tag, RowKind kind) {
    return new Rule(tag, InBackup.BY_UNDO, kind);
  }

  /**
   * How a backup has a row.
   *
   * @throws IllegalStateException when nothing is said of such a row
   */
  public InBackup inBackup(byte[] key) {
    return rule(key).inBackup();
  }

  /**
   * What a row of {@link InBackup#BY_UNDO} is about; null for the others.
   *
   * @throws IllegalStateException when nothing is said of such a row
   */
  public @Nullable RowKind undoneKind(byte[] key) {
    return rule(key).kind();
  }

  /** The family of the rows of a kind. */
  public static Family of(RowKind kind) {
    return switch (kind) {
      case OBJECT_ROW -> OBJECTS;
      case BUCKET_ROW -> BUCKETS;
      case ACCOUNT_ROW -> ACCOUNTS;
      case SETTING_ROW -> NODES;
      case UNRECOGNIZED -> throw new IllegalArgumentException("no kind of row");
    };
  }

  /** Whether its rows are of several kinds. */
  public boolean hasTags() {
    return rules.size() > 1;
  }

  /** Whether some of its rows, or all, are of {@link InBackup#BY_UNDO}. */
  public boolean hasUndo() {
    return rules.stream().anyMatch(rule -> rule.inBackup() == InBackup.BY_UNDO);
  }

  private Rule rule(byte[] key) {
    for (Rule rule : rules) {
      if (rule.isOf(key)) {
        return rule;
      }
    }
    throw new IllegalStateException("how a backup has such a row of " + this + " is not said");
  }

  /**
   * The active format from which on it is there. A program that does not know a family can't open
   * the store, so none is made before every node knows it.
   */
  public int format() {
    return format;
  }

  /** Its name on disk. */
  public byte[] diskName() {
    String name = this == META ? "default" : name().toLowerCase(Locale.ROOT);
    return name.getBytes(StandardCharsets.US_ASCII);
  }
}
