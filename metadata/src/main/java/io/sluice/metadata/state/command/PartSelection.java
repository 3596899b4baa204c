package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UploadedPart;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parts a client wants its object to consist of, checked against those it uploaded.
 *
 * @param size bytes of all
 * @param etag MD5 of the MD5s of the parts, and their number: what AWS gives, and clients check
 */
record PartSelection(List<UploadedPart> parts, long size, String etag) {
  /** Of every part but the last. */
  private static final long PART_BYTES_MIN = 5L << 20;

  /**
   * Checks what the client listed.
   *
   * @param uploaded what it uploaded, by number
   */
  static PartSelection of(CompleteUpload command, Map<Integer, UploadedPart> uploaded)
      throws RefusedException {
    requireOrder(command.getPartsList());
    List<UploadedPart> parts = new ArrayList<>(command.getPartsCount());
    long size = 0;
    for (ClientPart wanted : command.getPartsList()) {
      UploadedPart part = uploaded.get(wanted.getNumber());
      if (part == null || !matches(wanted, part)) {
        throw invalidPart(command.getUploadId(), wanted);
      }
      parts.add(part);
      size += part.getSize();
    }
    for (UploadedPart part : parts.subList(0, parts.size() - 1)) {
      if (part.getSize() < PART_BYTES_MIN) {
        throw tooSmall(part);
      }
    }
    if (command.getExpectedSize() != 0 && command.getExpectedSize() - 1 != size) {
      throw new RefusedException(
          RefusalCode.OBJECT_SIZE_MISMATCH,
          "The provided object size does not match the sum of the sizes of the parts.");
    }
    return new PartSelection(List.copyOf(parts), size, etag(parts));
  }

  private static void requireOrder(List<ClientPart> wanted) throws RefusedException {
    if (wanted.isEmpty()) {
      throw ApplyContext.invalid("You must specify at least one part");
    }
    if (wanted.size() > Uploads.PARTS_MAX) {
      throw new RefusedException(RefusalCode.TOO_MANY, "An object has at most 10000 parts.");
    }
    int last = 0;
    for (ClientPart part : wanted) {
      if (part.getNumber() <= last) {
        throw new RefusedException(
            RefusalCode.INVALID_PART_ORDER,
            "The list of parts was not in ascending order. Parts must be ordered by part number.");
      }
      last = part.getNumber();
    }
  }

  private static boolean matches(ClientPart wanted, UploadedPart part) {
    if (!wanted.getEtag().equals(etag(part))) {
      return false;
    }
    for (Checksum checksum : wanted.getChecksumsList()) {
      Checksum stored = find(part, checksum);
      if (stored == null || !stored.getValue().equals(checksum.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Checksum find(UploadedPart part, Checksum like) {
    for (Checksum checksum : part.getChecksumsList()) {
      if (checksum.getAlgorithm() == like.getAlgorithm()) {
        return checksum;
      }
    }
    return null;
  }

  private static String etag(UploadedPart part) {
    return HexFormat.of().formatHex(part.getMd5().toByteArray());
  }

  private static String etag(List<UploadedPart> parts) {
    byte[] digest = Digests.overAll("MD5", parts, UploadedPart::getMd5);
    return HexFormat.of().formatHex(digest) + "-" + parts.size();
  }

  private static RefusedException invalidPart(String uploadId, ClientPart wanted) {
    return new RefusedException(
        Refusal.newBuilder()
            .setCode(RefusalCode.INVALID_PART)
            .setMessage(
                "One or more of the specified parts could not be found.  The part may not have been"
                    + " uploaded, or the specified entity tag may not match the part's entity tag.")
            .putFields("UploadId", uploadId)
            .putFields("PartNumber", Integer.toUnsignedString(wanted.getNumber()))
            .putFields("ETag", wanted.getEtag())
            .build());
  }

  private static RefusedException tooSmall(UploadedPart part) {
    return new RefusedException(
        Refusal.newBuilder()
            .setCode(RefusalCode.PART_TOO_SMALL)
            .setMessage("Your proposed upload is smaller than the minimum allowed size")
            .putFields("ProposedSize", Long.toString(part.getSize()))
            .putFields("MinSizeAllowed", Long.toString(PART_BYTES_MIN))
            .putFields("PartNumber", Integer.toString(part.getNumber()))
            .putFields("ETag", etag(part))
            .build());
  }
}
