package io.sluice.recovery.backup;

import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRow;
import java.util.function.Consumer;

/** What an object's rows refer to. */
public final class ObjectChunks {
  private ObjectChunks() {}

  /**
   * Gives the slices of an object in the order of its bytes; none of one whose bytes are inline.
   */
  public static void forEach(RowGroup group, Consumer<ChunkSlice> each) {
    Manifest manifest = group.row().getObject().getManifest();
    manifest.getWhole().getSlicesList().forEach(each);
    for (int i = 0; i < group.partCount(); i++) {
      group.part(i).getPart().getSlicesList().forEach(each);
    }
  }

  /**
   * What is wrong with an object's rows by themselves, such as parts that are missing.
   *
   * @return empty when nothing is
   */
  public static String problem(RowGroup group) {
    ObjectState state = group.row().getObject();
    long size = state.getObject().getSize();
    if (state.getObject().getDeleteMarker()) {
      return "";
    }
    if (state.getObject().getInline()) {
      return state.getInlineData().size() == size ? "" : "its inline bytes are not all there";
    }
    Manifest manifest = state.getManifest();
    if (manifest.hasWhole()) {
      return sliced(manifest.getWhole()) == size ? "" : "its chunks are not all of its bytes";
    }
    if (!manifest.hasParts()) {
      return "nothing says what it consists of";
    }
    if (group.partCount() != manifest.getParts().getPartsCount()) {
      return "%d of its %d parts are there"
          .formatted(group.partCount(), manifest.getParts().getPartsCount());
    }
    long sum = 0;
    for (int i = 0; i < group.partCount(); i++) {
      PartRow part = group.part(i);
      if (!part.getId().equals(manifest.getParts().getParts(i).getId())) {
        return "part " + (i + 1) + " is another";
      }
      long length =
          part.getPart().getInline() ? part.getInlineData().size() : sliced(part.getPart());
      if (length != part.getPart().getSize()) {
        return "part " + (i + 1) + " is not whole";
      }
      sum += length;
    }
    return sum == size ? "" : "its parts are not all of its bytes";
  }

  private static long sliced(Part part) {
    long sum = 0;
    for (ChunkSlice slice : part.getSlicesList()) {
      sum += Integer.toUnsignedLong(slice.getLength());
    }
    return sum;
  }
}
