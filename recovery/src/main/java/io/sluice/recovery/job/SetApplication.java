package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.storage.Pace;
import io.sluice.storage.proto.Bucket;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Has this cluster become what one set of another says. An object that is replaced is there all the
 * while; what blocks runs on a thread of its own. For one use; any thread.
 */
final class SetApplication {
  private final RestoreFigures figures = new RestoreFigures();
  private final RestoreReader reader;
  private final RestoreRoot root;
  private final RestoreChoice choice;
  private final ObjectMaking objects;
  private final ExtraObjects extra;
  private final FollowedRoot way;

  /**
   * @param pace of the bytes of chunks that are read; null: no limit
   * @param opening opens the set, whole or what changed; blocks
   */
  SetApplication(
      BackupGround on,
      RestoreOrder order,
      String rootId,
      @Nullable Pace pace,
      RestoreReader.Opening opening) {
    this.reader = new RestoreReader(on, order.target(), "sluice-follow", pace, opening);
    this.root = new RestoreRoot(on, order, rootId, figures);
    this.choice = new RestoreChoice(on, order, root, figures);
    this.objects = new ObjectMaking(on, reader, choice, figures);
    this.extra = new ExtraObjects(on.metadata());
    this.way = new FollowedRoot(on.metadata(), extra, rootId);
  }

  void stop() {
    reader.stop();
  }

  /** Bytes of chunks that were fetched, as they are stored there. */
  long bytesRead() {
    return reader.bytesRead();
  }

  /**
   * Compares everything with the set's state, and deletes what it has not.
   *
   * @return what is there then that is no object
   */
  Uni<RootRows> whole() {
    StateSweep sweep = new StateSweep(extra, root);
    return reader
        .open()
        .call(choice::begin)
        .call(opened -> way.makeWay(opened.root()))
        .call(opened -> makeRoot(opened, opened.root()))
        .call(
            opened ->
                batches(batch -> make(batch).chain(() -> sweep.pass(batch)))
                    .chain(() -> sweep.end(opened.root().buckets())))
        .map(SetContents::root)
        .onTermination()
        .call(reader::close);
  }

  /**
   * Does what the set says that changed.
   *
   * @param before what was there before that is no object
   * @return what is there then
   */
  Uni<RootRows> changes(RootRows before) {
    root.owns(before.accounts());
    return reader
        .open()
        .call(choice::begin)
        .call(opened -> way.makeWay(before, opened.root()))
        .call(opened -> makeRoot(opened, opened.root()))
        .call(opened -> batches(batch -> make(present(batch)).chain(() -> delete(batch))))
        .map(opened -> before.with(opened.root()))
        .onTermination()
        .call(reader::close);
  }

  private Uni<Void> makeRoot(SetContents opened, RootRows rows) {
    return root.restoreAccounts(opened.set(), List.copyOf(rows.accounts()))
        .invoke(this::requireAccounts)
        .chain(() -> root.findTargets(List.copyOf(rows.buckets())))
        .chain(() -> root.follow(List.copyOf(rows.buckets())));
  }

  private void requireAccounts() {
    if (!figures.accountsLeft().isEmpty()) {
      throw new IllegalStateException(
          "accounts can't be made, others have their ids or keys: " + figures.accountsLeft());
    }
  }

  private interface Step {
    Uni<Void> apply(RestoreBatch batch);
  }

  private Uni<Void> batches(Step step) {
    return Multi.createBy()
        .repeating()
        .uni(reader::nextBatch)
        .whilst(batch -> !batch.isLast())
        .onItem()
        .transformToUniAndConcatenate(step::apply)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> make(RestoreBatch batch) {
    return root.findTargets(buckets(batch))
        .chain(() -> choice.of(batch))
        .flatMap(objects::make)
        .call(this::requireAll);
  }

  /** Nobody else writes here: what was left as it is was not found as it should be. */
  private Uni<Void> requireAll() {
    return figures.left() == 0
        ? Uni.createFrom().voidItem()
        : Uni.createFrom()
            .failure(new IOException("somebody writes to this cluster beside the follower"));
  }

  private static RestoreBatch present(RestoreBatch batch) {
    return new RestoreBatch(
        batch.items().stream().filter(item -> !item.rows().isRemoval()).toList(), batch.isLast());
  }

  private Uni<Void> delete(RestoreBatch batch) {
    Map<Bucket, List<ByteString>> gone = new LinkedHashMap<>();
    for (RestoreBatch.Item item : batch.items()) {
      if (item.rows().isRemoval()) {
        gone.computeIfAbsent(item.bucket(), first -> new ArrayList<>())
            .add(item.rows().key().key());
      }
    }
    return Multi.createFrom()
        .iterable(gone.entrySet())
        .onItem()
        .transformToUniAndConcatenate(
            each ->
                root.findTargets(List.of(each.getKey()))
                    .chain(
                        () ->
                            extra.delete(
                                root.target(each.getKey()).orElseThrow(), each.getValue())))
        .onItem()
        .ignoreAsUni();
  }

  private static List<Bucket> buckets(RestoreBatch batch) {
    return batch.items().stream().map(RestoreBatch.Item::bucket).distinct().toList();
  }
}
