package io.sluice.recovery.job;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.recovery.backup.ObjectChunks;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.restore.ListingComparison;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.GetAccount;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutAccount;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Brings back what a backup holds into a cluster that serves: the one it was made of, or another.
 *
 * <p>Objects come back with the times, owners, headers and ETags they had. Their chunks are stored
 * as they were, under new ids: an old id belongs to another cluster's partitions, or was given up
 * here. What is the same already is left alone, so a restore that was interrupted is begun again
 * and goes on where it was. An object that somebody writes meanwhile stays as it was written.
 *
 * <p>What blocks runs on a thread of its own. For one use; methods may be called on any thread.
 */
public final class ClusterRestore {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Bytes of packs that are read in one go. */
  private static final int GROUP_BYTES = 8 << 20;

  /** Of those that are read or being stored: this bounds what a restore holds in memory. */
  private static final int GROUPS_MAX = 2;

  private static final int CHUNKS_MAX = 8;
  private static final int OBJECTS_MAX = 32;

  private final BackupGround on;
  private final RestoreOrder order;
  private final String rootId;
  private final RestoreFigures figures = new RestoreFigures();
  private final ExecutorService worker;
  private final ObjectImport objects;
  private final Map<String, Optional<Bucket>> targets = new ConcurrentHashMap<>();
  private final Set<String> owners = ConcurrentHashMap.newKeySet();
  private final Map<Integer, LogPosition> begun = new ConcurrentHashMap<>();

  private volatile boolean stopped;

  /** Worked on by the worker alone. */
  private volatile @Nullable SetContents contents;

  /**
   * @param rootId the id of this cluster's root account, which has no row: what belonged to an
   *     account that is not here belongs to it
   */
  public ClusterRestore(BackupGround on, RestoreOrder order, String rootId) {
    this.on = on;
    this.order = order;
    this.rootId = rootId;
    this.objects = new ObjectImport(on.metadata());
    this.worker =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "sluice-restore-" + order.target().getName());
              thread.setDaemon(true);
              return thread;
            });
  }

  public RestoreFigures figures() {
    return figures;
  }

  /** Ends it soon. What is restored by then stays. */
  public void stop() {
    stopped = true;
  }

  /**
   * Restores.
   *
   * @return the id of the backup; fails with an {@link IOException} that is for people, or with a
   *     {@link StorageFailure}
   */
  public Uni<String> run() {
    return onWorker(this::open)
        .call(this::begin)
        .call(this::restoreAccounts)
        .call(this::restoreBuckets)
        .flatMap(
            id ->
                Multi.createBy()
                    .repeating()
                    .uni(() -> onWorker(this::nextBatch))
                    .whilst(batch -> !batch.isLast())
                    .onItem()
                    .transformToUniAndConcatenate(this::restore)
                    .onItem()
                    .ignoreAsUni()
                    .replaceWith(id))
        .onTermination()
        .call(() -> onWorker(this::closeContents).onFailure().recoverWithNull())
        .onTermination()
        .invoke(worker::shutdown);
  }

  /** Up to where each shard is now: what is written later is newer than this restore. */
  private Uni<Void> begin() {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return Multi.createFrom()
        .range(0, on.metadata().shardCount())
        .onItem()
        .transformToUniAndConcatenate(
            shard ->
                on.metadata()
                    .query(shard, query, LIMIT)
                    .invoke(answer -> begun.put(shard, answer.getStatus().getApplied())))
        .onItem()
        .ignoreAsUni();
  }

  private boolean isNewer(ObjectVersion now, Bucket target) {
    LogPosition began = Objects.requireNonNull(begun.get(target.getShard()));
    LogPosition version = now.getVersion();
    return version.getEpoch() != began.getEpoch()
        ? version.getEpoch() > began.getEpoch()
        : version.getIndex() > began.getIndex();
  }

  private String open() throws IOException {
    BackupTarget target = on.targets().open(order.target());
    try {
      SetContents opened =
          SetContents.open(
              target,
              TargetSets.files(target, cluster(target), order.target()),
              order,
              order.skipDamaged() ? figures::addDamaged : null);
      contents = opened;
      return opened.set().id().text();
    } catch (IOException | RuntimeException e) {
      target.close();
      throw e;
    }
  }

  private UUID cluster(BackupTarget target) throws IOException {
    if (order.cluster() != null) {
      return order.cluster();
    }
    List<UUID> there = BackupFiles.clusters(target);
    if (there.contains(on.clusterId()) || there.isEmpty()) {
      return on.clusterId();
    }
    if (there.size() > 1) {
      throw new IOException(
          "the target has backups of several other clusters; say one with --cluster-id: " + there);
    }
    return there.get(0);
  }

  private boolean closeContents() throws IOException {
    SetContents open = contents;
    if (open != null) {
      open.close();
    }
    return open != null;
  }

  private RestoreBatch nextBatch() throws IOException {
    return requireGoingOn().nextBatch();
  }

  private SetContents required() {
    return Objects.requireNonNull(contents);
  }

  /** Accounts come back with everything, not with a bucket of somebody's. */
  private Uni<Void> restoreAccounts() {
    return Multi.createFrom()
        .iterable(required().accounts())
        .onItem()
        .transformToUniAndConcatenate(this::restoreAccount)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> restoreAccount(Account account) {
    Query query =
        Query.newBuilder().setGetAccount(GetAccount.newBuilder().setId(account.getId())).build();
    return on.metadata()
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .replaceWith(true)
        .onFailure(failure -> isRefused(failure, RefusalCode.NO_SUCH_ACCOUNT))
        .recoverWithUni(() -> make(account))
        .invoke(
            there -> {
              if (there) {
                owners.add(account.getId());
              }
            })
        .replaceWithVoid();
  }

  /**
   * Whether it is there then. One whose name or key is another's now is not made: what it owned
   * belongs to root. In the cluster that made the backup an account that is gone was removed by
   * somebody, perhaps because its keys are in wrong hands: it comes back without them.
   */
  private Uni<Boolean> make(Account account) {
    if (order.bucket() != null || order.dryRun()) {
      return Uni.createFrom().item(false);
    }
    Account made =
        required().set().clusterId().equals(on.clusterId())
            ? account.toBuilder().clearKeys().build()
            : account;
    Command put =
        Command.newBuilder().setPutAccount(PutAccount.newBuilder().setAccount(made)).build();
    return on.metadata()
        .submit(MetadataStore.ROOT_SHARD, put, LIMIT)
        .replaceWith(true)
        .onFailure(
            failure ->
                isRefused(failure, RefusalCode.ACCOUNT_EXISTS)
                    || isRefused(failure, RefusalCode.ACCESS_KEY_EXISTS))
        .recoverWithUni(
            failure -> {
              figures.addAccountLeft(account.getName());
              return Uni.createFrom().item(false);
            });
  }

  /** Those without objects too, which no batch names. One that was being deleted stays deleted. */
  private Uni<Void> restoreBuckets() {
    return Multi.createFrom()
        .iterable(required().buckets())
        .filter(bucket -> !bucket.getDeleting())
        .onItem()
        .transformToUniAndConcatenate(this::findTarget)
        .onItem()
        .ignoreAsUni();
  }

  static boolean isRefused(Throwable failure, RefusalCode code) {
    return failure instanceof StorageFailure.Refused refused && refused.code() == code;
  }

  private String owner(String then) {
    return owners.contains(then) ? then : rootId;
  }

  private Uni<Void> restore(RestoreBatch batch) {
    return Multi.createFrom()
        .iterable(batch.items().stream().map(RestoreBatch.Item::bucket).distinct().toList())
        .onItem()
        .transformToUniAndConcatenate(this::findTarget)
        .onItem()
        .ignoreAsUni()
        .chain(() -> wanted(batch))
        .flatMap(wanted -> order.dryRun() ? Uni.createFrom().voidItem() : bringBack(wanted));
  }

  /** The bucket that a bucket is restored into, which is made if it is not there. */
  private Uni<Void> findTarget(Bucket then) {
    if (targets.containsKey(then.getName())) {
      return Uni.createFrom().voidItem();
    }
    String toBucket = order.toBucket();
    String name = toBucket == null ? then.getName() : toBucket;
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return on.metadata()
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(answer -> Optional.of(requireOwn(answer.getBucket(), then)))
        .onFailure(failure -> isRefused(failure, RefusalCode.NO_SUCH_BUCKET))
        .recoverWithUni(
            () ->
                order.dryRun()
                    ? Uni.createFrom().item(Optional.empty())
                    : create(name, then).map(Optional::of))
        .invoke(found -> targets.put(then.getName(), found))
        .replaceWithVoid();
  }

  /** A name may be another's by now: nobody's objects go into a stranger's bucket unasked. */
  private Bucket requireOwn(Bucket found, Bucket then) {
    if (order.toBucket() == null && !found.getOwner().equals(owner(then.getOwner()))) {
      throw StorageFailure.Refused.of(
          RefusalCode.INVALID_ARGUMENT,
          "Bucket %s belongs to another account now than it did then: name one to restore into with --to-bucket."
              .formatted(found.getName()));
    }
    return found;
  }

  private Uni<Bucket> create(String name, Bucket then) {
    CreateBucket create =
        CreateBucket.newBuilder()
            .setName(name)
            .setOwner(owner(then.getOwner()))
            .setShard(then.getShard() % on.metadata().shardCount())
            .setRegion(then.getRegion())
            .build();
    return on.metadata()
        .submit(
            MetadataStore.ROOT_SHARD, Command.newBuilder().setCreateBucket(create).build(), LIMIT)
        .map(outcome -> outcome.getBucket());
  }

  private Optional<Bucket> targetOf(RestoreBatch.Item item) {
    return Objects.requireNonNull(targets.get(item.bucket().getName()));
  }

  /** Those that are missing, or may be replaced. */
  private Uni<List<ObjectImport.Wanted>> wanted(RestoreBatch batch) {
    return Multi.createFrom()
        .iterable(batch.items())
        .onItem()
        .transformToUni(this::look)
        .merge(OBJECTS_MAX)
        .filter(Optional::isPresent)
        .map(Optional::get)
        .collect()
        .asList();
  }

  private Uni<Optional<ObjectImport.Wanted>> look(RestoreBatch.Item item) {
    figures.objectsSeen.increment();
    ObjectVersion then = item.rows().row().getObject().getObject();
    ObjectVersion wanted = then.toBuilder().setOwner(owner(then.getOwner())).build();
    String problem = ObjectChunks.problem(item.rows());
    if (!problem.isEmpty()) {
      return damaged(item, problem).replaceWith(Optional.empty());
    }
    Optional<Bucket> target = targetOf(item);
    Uni<Optional<ObjectVersion>> current =
        target.isEmpty() ? Uni.createFrom().item(Optional.empty()) : current(target.get(), item);
    return current.map(now -> judge(item, target.orElse(item.bucket()), wanted, now));
  }

  private Uni<Optional<ObjectVersion>> current(Bucket target, RestoreBatch.Item item) {
    GetObject get =
        GetObject.newBuilder().setBucketId(target.getId()).setKey(item.rows().key().key()).build();
    return on.metadata()
        .query(target.getShard(), Query.newBuilder().setGetObject(get).build(), LIMIT)
        .map(answer -> Optional.of(answer.getObject().getObject()))
        .onFailure(failure -> isRefused(failure, RefusalCode.NO_SUCH_KEY))
        .recoverWithItem(Optional.empty());
  }

  private Optional<ObjectImport.Wanted> judge(
      RestoreBatch.Item item, Bucket target, ObjectVersion wanted, Optional<ObjectVersion> now) {
    if (now.isPresent() && ListingComparison.isSame(wanted, now.get())) {
      figures.unchanged.increment();
      return Optional.empty();
    }
    if (now.isPresent() && (!order.overwrite() || isNewer(now.get(), target))) {
      figures.left.increment();
      return Optional.empty();
    }
    if (order.dryRun()) {
      figures.restored.increment();
      figures.bytes.add(wanted.getSize());
    }
    return Optional.of(new ObjectImport.Wanted(item, target, wanted, now.orElse(null)));
  }

  private Uni<Void> damaged(RestoreBatch.Item item, String problem) {
    if (!order.skipDamaged()) {
      return Uni.createFrom()
          .failure(
              new DamagedFileException(
                  item.name(), problem + ". The rest can be restored with --skip-damaged"));
    }
    figures.addDamaged(item.name());
    return Uni.createFrom().voidItem();
  }

  /**
   * An object that is being made, and where the chunks of each of its parts are now; of one in one
   * piece there is one. Each part has chunks of its own, also where the backup names one twice: a
   * copy that a client had made inside a shard shares its chunks, and what is made here need not
   * lie in the same shard (INVARIANTS 2).
   */
  private record Placed(ObjectImport.Wanted wanted, List<Map<ChunkId, ChunkId>> parts) {
    static Placed of(ObjectImport.Wanted wanted) {
      int parts = Math.max(1, wanted.item().rows().partCount());
      List<Map<ChunkId, ChunkId>> empty = new ArrayList<>();
      for (int i = 0; i < parts; i++) {
        empty.add(new ConcurrentHashMap<>());
      }
      return new Placed(wanted, empty);
    }

    /** The chunks that a part needs. */
    Set<ChunkId> needed(int part) {
      RowGroup rows = wanted.item().rows();
      Part of =
          rows.partCount() == 0
              ? rows.row().getObject().getManifest().getWhole()
              : rows.part(part).getPart();
      Set<ChunkId> needed = new LinkedHashSet<>();
      of.getSlicesList().forEach(slice -> needed.add(ChunkId.from(slice.getChunkId())));
      return needed;
    }
  }

  private Uni<Void> bringBack(List<ObjectImport.Wanted> wanted) {
    List<Placed> placed = wanted.stream().map(Placed::of).toList();
    Map<ChunkId, List<Map<ChunkId, ChunkId>>> owners = new LinkedHashMap<>();
    for (Placed each : placed) {
      for (int part = 0; part < each.parts().size(); part++) {
        for (ChunkId chunk : each.needed(part)) {
          owners.computeIfAbsent(chunk, first -> new ArrayList<>()).add(each.parts().get(part));
        }
      }
    }
    return onWorker(() -> groups(required().find(owners.keySet())))
        .flatMap(
            groups ->
                Multi.createFrom()
                    .iterable(groups)
                    .onItem()
                    .transformToUni(group -> store(group, owners))
                    // What was read is released by whoever reads it, also when another has failed.
                    .collectFailures()
                    .merge(GROUPS_MAX)
                    .onItem()
                    .ignoreAsUni())
        .chain(
            () ->
                Multi.createFrom()
                    .iterable(placed)
                    .onItem()
                    .transformToUni(this::commit)
                    .merge(OBJECTS_MAX)
                    .onItem()
                    .ignoreAsUni());
  }

  /** Runs of one pack that are read in one go. */
  private static List<List<ChunkLocation>> groups(List<ChunkLocation> sorted) {
    List<List<ChunkLocation>> groups = new ArrayList<>();
    int first = 0;
    while (first < sorted.size()) {
      int end = first;
      long bytes = 0;
      while (end < sorted.size()
          && sorted.get(end).pack().equals(sorted.get(first).pack())
          && (end == first || bytes + sorted.get(end).length() <= GROUP_BYTES)) {
        bytes += sorted.get(end).length();
        end++;
      }
      groups.add(sorted.subList(first, end));
      first = end;
    }
    return groups;
  }

  private Uni<Void> store(
      List<ChunkLocation> group, Map<ChunkId, List<Map<ChunkId, ChunkId>>> owners) {
    return onWorker(() -> requireGoingOn().read(group, problem -> {}))
        .flatMap(
            read ->
                Multi.createFrom()
                    .iterable(read.entrySet())
                    .onItem()
                    .transformToUni(
                        chunk ->
                            store(
                                chunk.getKey(),
                                chunk.getValue(),
                                owners.getOrDefault(chunk.getKey(), List.of())))
                    .collectFailures()
                    .merge(CHUNKS_MAX)
                    .onItem()
                    .ignoreAsUni());
  }

  /** Once for each owner, one after the other. */
  private Uni<Void> store(
      ChunkId then, SetContents.Content content, List<Map<ChunkId, ChunkId>> owners) {
    return VertxUni.of(
        () -> {
          Future<Void> stored = Future.succeededFuture();
          for (Map<ChunkId, ChunkId> owner : owners) {
            stored =
                stored
                    .compose(before -> write(then, content))
                    .map(
                        id -> {
                          owner.put(then, id);
                          return null;
                        });
          }
          return stored.onComplete(done -> content.frames().release());
        });
  }

  private Future<ChunkId> write(ChunkId then, SetContents.Content content) {
    ChunkId id = on.chunks().allocate(then.low());
    return on.chunks().write(encoded(id, content)).map(written -> id);
  }

  /** The same frames behind another head. */
  private EncodedChunk encoded(ChunkId id, SetContents.Content content) {
    ChunkHeader then = content.header();
    ChunkHeader header =
        new ChunkHeader(id, on.clusterId(), false, then.plainLength(), then.frames());
    ByteBuffer head = ByteBuffer.allocate(header.headLength());
    ChunkRecord.writeHead(header, head);
    ByteBuf frames = content.frames();
    ByteBuf record = PooledByteBufAllocator.DEFAULT.directBuffer(header.recordLength());
    record.writeBytes(head.flip()).writeBytes(frames, frames.readerIndex(), frames.readableBytes());
    return new EncodedChunk(header, record);
  }

  private Uni<Void> commit(Placed placed) {
    ObjectImport.Wanted wanted = placed.wanted();
    for (int part = 0; part < placed.parts().size(); part++) {
      Set<ChunkId> missing = placed.needed(part);
      missing.removeAll(placed.parts().get(part).keySet());
      if (!missing.isEmpty()) {
        return damaged(
            wanted.item(),
            "chunk %s is missing or damaged in the backup".formatted(missing.iterator().next()));
      }
    }
    return objects
        .put(wanted, placed.parts())
        .invoke(
            done -> {
              if (done) {
                figures.restored.increment();
                figures.bytes.add(wanted.object().getSize());
              } else {
                figures.left.increment();
              }
            })
        .replaceWithVoid();
  }

  private SetContents requireGoingOn() {
    if (stopped) {
      throw new CancellationException("the node is stopping");
    }
    return required();
  }

  private <T> Uni<T> onWorker(Callable<T> step) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<T> done = new CompletableFuture<>();
              worker.execute(
                  () -> {
                    try {
                      done.complete(step.call());
                    } catch (Exception | Error e) { // whoever waits must hear of it
                      done.completeExceptionally(e);
                    }
                  });
              return done;
            });
  }
}
