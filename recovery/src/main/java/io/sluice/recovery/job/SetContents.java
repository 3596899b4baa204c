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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
  private final List<BackupSet> older;
  private final SetState state;
  private final RestoreOrder order;
  private final List<Account> accounts = new ArrayList<>();
  private final Map<Long, Bucket> buckets = new HashMap<>();
  private final RootRows root = new RootRows();
  private final Map<String, PackReader> packs = new HashMap<>();
  private @Nullable ChunkLookup olderLookup;
  private @Nullable RowGroup next;

  /** A chunk as it is stored, without the head that named it. */
  record Content(ChunkHeader header, ByteBuf frames) {}

  private SetContents(
      BackupTarget target,
      BackupFiles files,
      BackupSet set,
      ChunkLookup lookup,
      List<BackupSet> older,
      SetState state,
      RestoreOrder order) {
    this.older = older;
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
    return state(target, files, catalog.chain(choose(catalog, order)), order, lost);
  }

  /** Opens the state that a chain of sets stands for; all of it can be read, or this fails. */
  static SetContents state(
      BackupTarget target, BackupFiles files, List<BackupSet> chain, RestoreOrder order)
      throws IOException {
    return state(target, files, chain, order, null);
  }

  private static SetContents state(
      BackupTarget target,
      BackupFiles files,
      List<BackupSet> chain,
      RestoreOrder order,
      @Nullable Consumer<String> lost)
      throws IOException {
    BackupSet set = chain.get(chain.size() - 1);
    ChunkLookup lookup =
        BackupCatalog.chunks(
            files,
            chain,
            lost == null ? null : damaged -> lost.accept(String.valueOf(damaged.getMessage())));
    try {
      SetState state = SetState.open(files, chain, lost == null ? null : new Damage(lost));
      try {
        SetContents contents = new SetContents(target, files, set, lookup, List.of(), state, order);
        contents.next = contents.advance();
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

  /**
   * Opens what one set of a chain says, also of what is not there any more; or, of a set that has
   * no parent, all of it.
   *
   * @param target is closed with this, unless this throws
   * @param chain whose last set it is; the others are looked into for chunks alone
   * @param before what was there before the set
   */
  static SetContents changes(
      BackupTarget target,
      BackupFiles files,
      List<BackupSet> chain,
      RootRows before,
      RestoreOrder order)
      throws IOException {
    BackupSet set = chain.get(chain.size() - 1);
    List<BackupSet> older = chain.subList(0, chain.size() - 1);
    ChunkLookup lookup = BackupCatalog.chunks(files, List.of(set));
    try {
      SetState state = SetState.open(files, List.of(set), null);
      try {
        SetContents contents = new SetContents(target, files, set, lookup, older, state, order);
        before.buckets().forEach(bucket -> contents.buckets.put(bucket.getId(), bucket));
        contents.next = contents.advance();
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

  private @Nullable RowGroup advance() throws IOException {
    return older.isEmpty() ? state.next() : state.nextRow();
  }

  /** Accounts and buckets, which come before all objects. */
  private void readRoot() throws IOException {
    for (RowGroup row = next; row != null && !row.key().isObject(); row = advance(), next = row) {
      root.add(row);
    }
    accounts.addAll(root.accounts());
    buckets
        .values()
        .removeIf(was -> root.bucketsGone().contains(was.getName()) || root.replaces(was));
    root.buckets().forEach(bucket -> buckets.put(bucket.getId(), bucket));
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

  /** What is not an object, of the rows that were opened. */
  RootRows root() {
    return root;
  }

  /** The next objects that are wanted; of changes, also those that are not there any more. */
  RestoreBatch nextBatch() throws IOException {
    List<RestoreBatch.Item> items = new ArrayList<>();
    long bytes = 0;
    while (next != null && items.size() < BATCH_OBJECTS && bytes < BATCH_BYTES) {
      RowGroup row = Objects.requireNonNull(next);
      next = advance();
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
    Map<ChunkId, ChunkLocation> found = lookup.find(chunks);
    if (found.size() < chunks.size() && !older.isEmpty()) {
      Set<ChunkId> left = new HashSet<>(chunks);
      left.removeAll(found.keySet());
      if (olderLookup == null) {
        olderLookup = BackupCatalog.chunks(files, older);
      }
      found.putAll(olderLookup.find(left));
    }
    return found.values().stream().sorted(ChunkLocation.IN_PACKS).toList();
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
        state;
        ChunkLookup opened = olderLookup) {
      closePacks();
    }
  }
}
