package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.recovery.backup.format.RowGap;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.format.RowsReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state that a chain of sets stands for, row by row in their order: of what several sets name,
 * the newest one's row counts, and what it removed is left out. Reads every file of rows once from
 * its first block to its last, and keeps one block of each in memory. Blocks; for one thread at a
 * time.
 */
public final class SetState implements Closeable {
  /** Takes what can't be read. */
  public interface DamageReceiver {
    /** Rows that are lost. */
    void gap(BackupSet set, RowGap gap);

    /** A whole file of rows that can't be opened: anything may have been in it. */
    void lost(BackupSet set, String file, String problem);

    /**
     * A row that is left out, because the rows that are lost may have said something newer.
     *
     * @param row as an older set has it
     * @param file in which something newer may have been
     */
    void unsure(RowGroup row, String file);
  }

  private record Gap(int age, RowGap rows) {}

  private final @Nullable DamageReceiver damage;
  private final List<Source> sources = new ArrayList<>();
  private final PriorityQueue<Source> queue = new PriorityQueue<>(Source.ORDER);
  private final List<Gap> gaps = new ArrayList<>();
  private int lostAge = Integer.MAX_VALUE;
  private @Nullable String lostFile;

  private SetState(@Nullable DamageReceiver damage) {
    this.damage = damage;
  }

  /** A file of rows of one set. */
  private static final class Source {
    static final Comparator<Source> ORDER =
        Comparator.<Source, RowGroup>comparing(Source::head, Comparator.comparing(RowGroup::key))
            .thenComparingInt(source -> source.age);

    private final RowsReader reader;
    private final int age; // 0: of the newest set
    private @Nullable RowGroup head;

    Source(RowsReader reader, int age) {
      this.reader = reader;
      this.age = age;
    }

    RowGroup head() {
      if (head == null) {
        throw new IllegalStateException("a source without a row waits for its turn");
      }
      return head;
    }
  }

  /**
   * Opens the files of a chain.
   *
   * @param chain as {@link BackupCatalog#chain} gives it
   * @param damage takes what can't be read, and the rest is given; null: it is thrown
   */
  public static SetState open(
      BackupFiles files, List<BackupSet> chain, @Nullable DamageReceiver damage)
      throws IOException {
    SetState state = new SetState(damage);
    try {
      for (int i = 0; i < chain.size(); i++) {
        for (FileEntry file : chain.get(i).rows()) {
          state.add(files, chain.get(i), file.name(), chain.size() - 1 - i);
        }
      }
      for (Source source : state.sources) {
        state.advance(source);
      }
      return state;
    } catch (IOException e) {
      state.close();
      throw e;
    }
  }

  private void add(BackupFiles files, BackupSet set, String file, int age) throws IOException {
    @Nullable Consumer<RowGap> receiver = null;
    DamageReceiver to = damage;
    if (to != null) {
      receiver =
          gap -> {
            gaps.add(new Gap(age, gap));
            to.gap(set, gap);
          };
    }
    try {
      sources.add(new Source(RowsReader.open(files, file, receiver), age));
    } catch (DamagedFileException | NoSuchFileException e) {
      if (to == null) {
        throw e;
      }
      if (age < lostAge) {
        lostAge = age;
        lostFile = file;
      }
      to.lost(set, file, String.valueOf(e.getMessage()));
    }
  }

  private void advance(Source source) throws IOException {
    source.head = source.reader.next();
    if (source.head != null) {
      queue.add(source);
    }
  }

  /** The next row of the state, with its parts; null at the end. */
  public @Nullable RowGroup next() throws IOException {
    RowGroup row = nextRow();
    while (row != null && row.isRemoval()) {
      row = nextRow();
    }
    return row;
  }

  /** The same with rows that say that a thing is not there any more. */
  public @Nullable RowGroup nextRow() throws IOException {
    while (!queue.isEmpty()) {
      Source first = queue.remove();
      RowGroup row = first.head();
      advance(first);
      while (!queue.isEmpty() && queue.element().head().key().equals(row.key())) {
        advance(queue.remove());
      }
      String lostFile = lostSince(row, first.age);
      if (lostFile != null && damage != null) {
        damage.unsure(row, lostFile);
      } else {
        return row;
      }
    }
    return null;
  }

  /** The file of a newer set than the row's that may have had another one, which is lost. */
  private @Nullable String lostSince(RowGroup row, int age) {
    gaps.removeIf(gap -> gap.rows().last().compareTo(row.key()) < 0);
    for (Gap gap : gaps) {
      if (gap.age() < age && gap.rows().covers(row.key())) {
        return gap.rows().file();
      }
    }
    return lostAge < age ? lostFile : null;
  }

  @Override
  public void close() throws IOException {
    for (Source source : sources) {
      source.reader.close();
    }
  }
}
