package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackReader;
import io.sluice.recovery.backup.format.RowGap;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.format.StoredChunk;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ObjectState;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a backup holds, read for a restore. Blocks; for one thread at a time. */
final class SetContents implements Closeable {
  private static final int BATCH_OBJECTS = 500;

  /** Plain bytes from which a batch takes no more objects. */
  private static final long BATCH_BYTES = 64L << 20;

  private final BackupTarget target;
  private final BackupFiles files;
  private final BackupSet set;
  private final ChunkLookup lookup;
  private final SetState state;
  private final RestoreOrder order;
  private final List<Account> accounts = new ArrayList<>();
  private final Map<Long, Bucket> buckets = new HashMap<>();
  private final Map<String, PackReader> packs = new HashMap<>();
  private @Nullable RowGroup next;

  /** A chunk as it is stored, without the head that named it. */
  record Content(ChunkHeader header, ByteBuf frames) {}

  private SetContents(
      BackupTarget target,
      BackupFiles files,
      BackupSet set,
      ChunkLookup lookup,
      SetState state,
      RestoreOrder order) {
    this.target = target;
    this.files = files;
    this.set = set;
    this.lookup = lookup;
    this.state = state;
    this.order = order;
  }

  /**
   * Opens the backup that is wanted.
   *
   * @param target is closed with this
   * @param lost takes what can't be read of the rows; null: it is thrown
   */
  static SetContents open(
      BackupTarget target, BackupFiles files, RestoreOrder order, @Nullable Consumer<String> lost)
      throws IOException {
    BackupCatalog catalog = BackupCatalog.load(files);
    BackupSet set = choose(catalog, order);
    List<BackupSet> chain = catalog.chain(set);
    ChunkLookup lookup =
        BackupCatalog.chunks(
            files,
            chain,
            lost == null ? null : damaged -> lost.accept(String.valueOf(damaged.getMessage())));
    try {
      SetState state = SetState.open(files, chain, lost == null ? null : new Damage(lost));
      try {
        SetContents contents = new SetContents(target, files, set, lookup, state, order);
        contents.next = state.next();
        contents.readRoot();
        return contents;
      } catch (IOException | RuntimeException e) {
        state.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      lookup.close();
      throw e;
    }
  }

  private static BackupSet choose(BackupCatalog catalog, RestoreOrder order) throws IOException {
    if (order.backup() != null) {
      return SetId.parse(order.backup())
          .flatMap(catalog::find)
          .orElseThrow(
              () -> new NoSuchFileException("there is no backup " + order.backup() + " there"));
    }
    return (order.at() == null ? catalog.newest() : catalog.at(order.at()))
        .orElseThrow(
            () ->
                new NoSuchFileException(
                    order.at() == null
                        ? "there is no backup of this cluster there"
                        : "there is no backup of that time or before; the oldest is of "
                            + catalog.sets().stream()
                                .findFirst()
                                .map(first -> first.cutAt().toString())
                                .orElse("no time at all")));
  }

  private record Damage(Consumer<String> lost) implements SetState.DamageReceiver {
    @Override
    public void gap(BackupSet in, RowGap gap) {
      lost.accept(
          "%s of backup %s: what lies from %s to %s can't be read: %s"
              .formatted(gap.file(), in.id(), gap.first(), gap.last(), gap.problem()));
    }

    @Override
    public void lost(BackupSet in, String file, String problem) {
      lost.accept("%s of backup %s: %s".formatted(file, in.id(), problem));
    }

    @Override
    public void unsure(RowGroup row, String file) {
      lost.accept("%s may have been newer in %s".formatted(row.key(), file));
    }
  }

  /** Accounts and buckets, which come before all objects. */
  private void readRoot() throws IOException {
    for (RowGroup row = next;
        row != null && !row.key().isObject();
        row = state.next(), next = row) {
      switch (row.row().getRowCase()) {
        case ACCOUNT -> accounts.add(row.row().getAccount().getAccount());
        case BUCKET -> {
          Bucket bucket = row.row().getBucket().getBucket();
          buckets.put(bucket.getId(), bucket);
        }
        default -> {}
      }
    }
    if (order.bucket() != null
        && buckets.values().stream().noneMatch(found -> found.getName().equals(order.bucket()))) {
      throw new NoSuchFileException(
          "there is no bucket %s in backup %s".formatted(order.bucket(), set.id()));
    }
  }

  BackupSet set() {
    return set;
  }

  List<Account> accounts() {
    return List.copyOf(accounts);
  }

  /** Those that are wanted. */
  List<Bucket> buckets() {
    return buckets.values().stream()
        .filter(bucket -> order.bucket() == null || bucket.getName().equals(order.bucket()))
        .toList();
  }

  /** The next objects that are wanted. */
  RestoreBatch nextBatch() throws IOException {
    List<RestoreBatch.Item> items = new ArrayList<>();
    long bytes = 0;
    while (next != null && items.size() < BATCH_OBJECTS && bytes < BATCH_BYTES) {
      RowGroup row = Objects.requireNonNull(next);
      next = state.next();
      Bucket bucket = buckets.get(row.key().bucketId());
      if (row.key().isObject() && bucket != null && isWanted(bucket, row.key().key())) {
        ObjectState object = row.row().getObject();
        bytes += object.getObject().getSize();
        items.add(new RestoreBatch.Item(bucket, row));
      }
    }
    return new RestoreBatch(items, next == null);
  }

  private boolean isWanted(Bucket bucket, ByteString key) {
    return (order.bucket() == null || bucket.getName().equals(order.bucket()))
        && key.startsWith(order.prefix());
  }

  /** Where chunks are, as they lie in the packs; those that are nowhere are left out. */
  List<ChunkLocation> find(Collection<ChunkId> chunks) throws IOException {
    return lookup.find(chunks).values().stream().sorted(ChunkLocation.IN_PACKS).toList();
  }

  /**
   * Reads some chunks of one pack.
   *
   * @param wanted by offset
   * @param damaged is told what is not as it was
   * @return each is to be released
   */
  Map<ChunkId, Content> read(List<ChunkLocation> wanted, Consumer<String> damaged)
      throws IOException {
    Map<ChunkId, Content> read = new HashMap<>();
    try {
      pack(wanted.get(0).pack()).read(wanted, new Collecting(read, damaged));
      return read;
    } catch (NoSuchFileException e) {
      damaged.accept(wanted.get(0).pack().id().file() + " is missing");
      return read;
    } catch (IOException | RuntimeException e) {
      read.values().forEach(content -> content.frames().release());
      throw e;
    }
  }

  private record Collecting(Map<ChunkId, Content> read, Consumer<String> damaged)
      implements PackReader.Receiver {
    @Override
    public void chunk(ChunkLocation location, StoredChunk chunk) {
      ByteBuf frames = PooledByteBufAllocator.DEFAULT.directBuffer(chunk.header().bodyLength());
      read.put(location.chunk(), new Content(chunk.header(), frames.writeBytes(chunk.body())));
    }

    @Override
    public void damaged(ChunkLocation location, String problem) {
      damaged.accept(problem);
    }
  }

  /** Packs are read one after the other: one is open at a time. */
  private PackReader pack(PackFile pack) throws IOException {
    PackReader open = packs.get(pack.id().text());
    if (open == null) {
      closePacks();
      open = PackReader.open(files, pack);
      packs.put(pack.id().text(), open);
    }
    return open;
  }

  private void closePacks() throws IOException {
    for (PackReader open : packs.values()) {
      open.close();
    }
    packs.clear();
  }

  @Override
  public void close() throws IOException {
    try (target;
        lookup;
        state) {
      closePacks();
    }
  }
}
