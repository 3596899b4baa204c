package io.sluice.recovery.backup.restore;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRow;
import java.io.IOException;

/** The pieces of an object, one part after the other. */
public final class Pieces {
  /** Takes pieces in the order of the object's bytes. */
  public interface Receiver {
    void piece(Piece piece) throws IOException;

    /** Bytes that lie in the row itself. */
    void inline(int object, long fileOffset, ByteString bytes) throws IOException;
  }

  private final int object;
  private final RowGroup row;
  private final Receiver receiver;
  private long offset;

  private Pieces(int object, RowGroup row, Receiver receiver) {
    this.object = object;
    this.row = row;
    this.receiver = receiver;
  }

  /** Gives the pieces of an object whose rows are whole. */
  public static void forEach(int object, RowGroup row, Receiver receiver) throws IOException {
    new Pieces(object, row, receiver).run();
  }

  private void run() throws IOException {
    ObjectState state = row.row().getObject();
    if (state.getObject().getInline()) {
      receiver.inline(object, 0, state.getInlineData());
      return;
    }
    slices(state.getManifest().getWhole());
    for (int i = 0; i < row.partCount(); i++) {
      PartRow part = row.part(i);
      if (part.getPart().getInline()) {
        receiver.inline(object, offset, part.getInlineData());
        offset += part.getInlineData().size();
      } else {
        slices(part.getPart());
      }
    }
  }

  private void slices(Part part) throws IOException {
    for (ChunkSlice slice : part.getSlicesList()) {
      if (slice.getLength() > 0) {
        ChunkId chunk = ChunkId.from(slice.getChunkId());
        receiver.piece(new Piece(object, offset, chunk, slice.getOffset(), slice.getLength()));
        offset += slice.getLength();
      }
    }
  }
}
