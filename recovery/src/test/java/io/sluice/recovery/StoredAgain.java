package io.sluice.recovery;

import com.google.protobuf.ByteString;
import io.sluice.recovery.restore.PartCopies;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Part;
import io.smallrye.mutiny.Uni;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Copies of parts whose chunks exist in name only. */
final class StoredAgain implements PartCopies {
  static final AtomicLong CHUNKS = new AtomicLong();

  private final AtomicInteger copied = new AtomicInteger();
  private UnaryOperator<Part> change = UnaryOperator.identity();
  private Uni<Void> before = Uni.createFrom().voidItem();

  /** Has something done before each copy. */
  StoredAgain after(Uni<Void> action) {
    before = action;
    return this;
  }

  /** Stores something else than was there. */
  StoredAgain changing(UnaryOperator<Part> how) {
    change = how;
    return this;
  }

  /** How many parts were copied. */
  int copied() {
    return copied.get();
  }

  @Override
  public Uni<Copied> copy(Part source, ByteString inlineData, ByteString key) {
    return before.map(
        done -> {
          copied.incrementAndGet();
          Part.Builder copy = source.toBuilder();
          for (int i = 0; i < copy.getSlicesCount(); i++) {
            copy.getSlicesBuilder(i).setChunkId(chunk());
          }
          return new Copied(change.apply(copy.build()), inlineData);
        });
  }

  /** Of a time that no horizon has passed. */
  private ByteString chunk() {
    return ChunkId.of(0, 1, Long.MAX_VALUE >>> 20, CHUNKS.incrementAndGet()).toByteString();
  }
}
