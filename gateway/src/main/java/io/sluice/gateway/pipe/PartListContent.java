package io.sluice.gateway.pipe;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.GetParts;
import io.sluice.storage.proto.PartList;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.PartRows;
import io.sluice.storage.proto.Query;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of an object that was uploaded in parts. The rows of the parts are asked for a few at a
 * time, as the download goes on: of 10,000 parts they would not fit into an answer.
 */
public final class PartListContent implements Content {
  /** A row has up to about half a megabyte, of a part of 5 GiB. */
  private static final int ROWS_MAX = 4;

  private final MetadataStore metadata;
  private final int shard;
  private final Duration deadline;
  private final List<PartRef> parts;
  private final long length;
  private long skip;
  private long left;
  private int nextPart;

  /**
   * @param shard of the object
   * @param deadline for each query
   * @param from first byte, 0 or more
   * @param length up to the object's size less {@code from}
   */
  public PartListContent(
      MetadataStore metadata, int shard, Duration deadline, PartList list, long from, long length) {
    this.metadata = metadata;
    this.shard = shard;
    this.deadline = deadline;
    this.parts = list.getPartsList();
    this.length = length;
    this.skip = from;
    this.left = length;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public Future<List<Run>> next() {
    while (nextPart < parts.size() && skip >= parts.get(nextPart).getSize()) {
      skip -= parts.get(nextPart++).getSize();
    }
    if (left == 0 || nextPart == parts.size()) {
      return Future.succeededFuture(List.of());
    }
    GetParts.Builder wanted = GetParts.newBuilder();
    long covered = -skip;
    int end = nextPart;
    while (end < parts.size() && end - nextPart < ROWS_MAX && covered < left) {
      wanted.addIds(parts.get(end).getId());
      covered += parts.get(end++).getSize();
    }
    Query query = Query.newBuilder().setGetParts(wanted).build();
    int until = end;
    return Future.fromCompletionStage(
            metadata.query(shard, query, deadline).subscribeAsCompletionStage())
        .map(answer -> runs(answer.getParts(), until));
  }

  private List<Run> runs(PartRows rows, int end) {
    if (rows.getRowsCount() != end - nextPart) {
      throw new StorageFailure.ChunkNotFound("the rows of parts that an object names are gone");
    }
    List<Run> runs = new ArrayList<>();
    for (PartRow row : rows.getRowsList()) {
      PartRef ref = parts.get(nextPart++);
      if (!row.getId().equals(ref.getId())) {
        throw new StorageFailure.ChunkNotFound("the row of a part that an object names is gone");
      }
      long take = Math.min(left, ref.getSize() - skip);
      runs.addAll(Content.runs(row.getPart(), row.getInlineData(), skip, take));
      left -= take;
      skip = 0;
    }
    return runs;
  }
}
