package io.sluice.recovery.backup.restore;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.SetState;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.Bucket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the objects that were asked for from a state, with their paths, in batches that workers ask
 * for. Buckets come before objects, and are kept in memory. Blocks; safe for use by many threads.
 */
final class WantedObjects {
  private static final int BATCH_OBJECTS_MAX = 400;
  private static final long BATCH_BYTES_MAX = 64L << 20;

  private final SetState state;
  private final FileRestoreTerms terms;
  private final ByteString prefix;
  private final Consumer<Bucket> bucketReceiver;
  private final PathNames names = PathNames.ofSystem();
  private final Map<Long, String> buckets = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private KeyTree tree = new KeyTree(names);
  private long treeOf;
  private boolean ended;

  WantedObjects(SetState state, FileRestoreTerms terms, Consumer<Bucket> bucketReceiver) {
    this.state = state;
    this.terms = terms;
    this.prefix = ByteString.copyFromUtf8(terms.prefix());
    this.bucketReceiver = bucketReceiver;
  }

  /** The next objects, in the order of their keys; none at the end. */
  List<WantedObject> next() throws IOException {
    lock.lock();
    try {
      List<WantedObject> batch = new ArrayList<>();
      long bytes = 0;
      while (!ended && batch.size() < BATCH_OBJECTS_MAX && bytes < BATCH_BYTES_MAX) {
        RowGroup row = state.next();
        ended = row == null;
        WantedObject object = row == null ? null : look(row);
        if (object != null) {
          batch.add(object);
          bytes += object.size();
        }
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable WantedObject look(RowGroup row) {
    if (row.row().hasBucket()) {
      Bucket bucket = row.row().getBucket().getBucket();
      buckets.put(bucket.getId(), bucket.getName());
      if (terms.bucket() == null || terms.bucket().equals(bucket.getName())) {
        bucketReceiver.accept(bucket);
      }
    }
    if (!row.row().hasObject()) {
      return null;
    }
    long bucketId = row.key().bucketId();
    if (bucketId != treeOf) {
      tree = new KeyTree(names);
      treeOf = bucketId;
    }
    // Also of keys that are not wanted: where a key lies must not depend on what else is asked for.
    List<String> path = tree.next(row.key().key());
    String bucket = buckets.getOrDefault(bucketId, "bucket " + Long.toUnsignedString(bucketId));
    boolean wanted =
        (terms.bucket() == null || terms.bucket().equals(bucket))
            && row.key().key().startsWith(prefix)
            && !row.row().getObject().getObject().getDeleteMarker();
    if (!wanted) {
      return null;
    }
    path.add(0, directory(bucket));
    return new WantedObject(bucket, row, path);
  }

  /** A bucket's directory: its name, which a bucket could not have if it began otherwise. */
  private String directory(String bucket) {
    return bucketDirectory(names, bucket);
  }

  static String bucketDirectory(PathNames names, String bucket) {
    String name = String.join("%2F", names.of(ByteString.copyFromUtf8(bucket).toByteArray()));
    return name.startsWith(".") || name.startsWith("_") ? "%" + name : name;
  }
}
