package io.sluice.recovery.backup.restore;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ChecksumType;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRow;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Compares an object's bytes, in their order, with the checksums that were made when they were
 * uploaded: the MD5 of each part, which is what an ETag is made of, or else another checksum of it.
 * For one thread at a time.
 */
final class ContentCheck {
  private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");

  /** What some bytes are expected to sum up to. */
  private record Expected(long end, @Nullable Checking checking, ByteString value) {}

  /** A running sum. */
  private interface Checking {
    void update(ByteBuffer bytes);

    byte[] value();
  }

  private final List<Expected> runs = new ArrayList<>();
  private int run;
  private long position;
  private boolean isWrong;

  ContentCheck(RowGroup object) {
    Manifest manifest = object.row().getObject().getManifest();
    long size = object.row().getObject().getObject().getSize();
    if (object.partCount() > 0) {
      long end = 0;
      for (int i = 0; i < object.partCount(); i++) {
        PartRow part = object.part(i);
        end += part.getPart().getSize();
        runs.add(expected(end, part.getPart(), ""));
      }
    } else {
      runs.add(expected(size, manifest.getWhole(), object.row().getObject().getObject().getEtag()));
    }
  }

  private static Expected expected(long end, Part part, String etag) {
    if (!part.getMd5().isEmpty()) {
      return new Expected(end, digest("MD5"), part.getMd5());
    }
    for (Checksum checksum : part.getChecksumsList()) {
      Checking checking = checking(checksum);
      if (checking != null) {
        return new Expected(end, checking, checksum.getValue());
      }
    }
    return MD5.matcher(etag).matches()
        ? new Expected(end, digest("MD5"), ByteString.copyFrom(HexFormat.of().parseHex(etag)))
        : new Expected(end, null, ByteString.EMPTY);
  }

  private static @Nullable Checking checking(Checksum checksum) {
    if (checksum.getType() != ChecksumType.FULL_OBJECT) {
      return null;
    }
    return switch (checksum.getAlgorithm()) {
      case SHA256 -> digest("SHA-256");
      case SHA1 -> digest("SHA-1");
      case CRC32 -> crc(new CRC32());
      case CRC32C -> crc(new CRC32C());
      default -> null;
    };
  }

  private static Checking digest(String algorithm) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + algorithm, e);
    }
    return new Checking() {
      @Override
      public void update(ByteBuffer bytes) {
        digest.update(bytes);
      }

      @Override
      public byte[] value() {
        return digest.digest();
      }
    };
  }

  private static Checking crc(java.util.zip.Checksum crc) {
    return new Checking() {
      @Override
      public void update(ByteBuffer bytes) {
        crc.update(bytes);
      }

      @Override
      public byte[] value() {
        return ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
      }
    };
  }

  /** How many bytes were given. */
  long position() {
    return position;
  }

  /** Takes the next bytes; its position and limit stay. */
  void update(ByteBuffer bytes) {
    ByteBuffer left = bytes.duplicate();
    while (left.hasRemaining() && run < runs.size()) {
      Expected expected = runs.get(run);
      int count = (int) Math.min(left.remaining(), expected.end() - position);
      if (expected.checking() != null) {
        expected.checking().update(left.slice(left.position(), count));
      }
      left.position(left.position() + count);
      position += count;
      if (position == expected.end()) {
        end(expected);
      }
    }
  }

  private void end(Expected expected) {
    Checking checking = expected.checking();
    isWrong |= checking != null && !expected.value().equals(ByteString.copyFrom(checking.value()));
    run++;
  }

  /** Whether all bytes were given, and are those that were uploaded. */
  boolean isRight() {
    while (run < runs.size() && runs.get(run).end() == position) {
      end(runs.get(run)); // of no bytes
    }
    return run == runs.size() && !isWrong;
  }
}
