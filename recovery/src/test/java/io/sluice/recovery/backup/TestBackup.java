package io.sluice.recovery.backup;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketState;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartList;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.ShardPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes backups of objects that are there only in them. For one thread at a time. */
public final class TestBackup implements AutoCloseable {
  public static final UUID CLUSTER = UUID.fromString("00000000-0000-4000-8000-00000000c1c1");
  public static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

  private static final Compression COMPRESSION = Compression.DEFAULT;
  private static final ChunkBuffers BUFFERS = new ChunkBuffers(1);

  private final BackupFiles files;
  private final ZstdWorkspaces workspaces = new ZstdWorkspaces(COMPRESSION);
  private final ChunkEncoder encoder = new ChunkEncoder(CLUSTER, COMPRESSION, BUFFERS, workspaces);
  private @Nullable SetWriter writer;
  private @Nullable SetId newest;
  private Instant now = START;
  private long nextChunk;

  public TestBackup(BackupTarget target, @Nullable TargetKey key) {
    this.files = new BackupFiles(target, CLUSTER, key);
  }

  public BackupFiles files() {
    return files;
  }

  /** Begins the next set, an hour after the last; the parent is the last one. */
  public SetWriter begin(SetKind kind) throws IOException {
    return begin(kind, kind.hasParent() ? newest : null);
  }

  public SetWriter begin(SetKind kind, @Nullable SetId parent) throws IOException {
    now = now.plusSeconds(3600);
    writer = SetWriter.begin(files, SetId.create(now, newest), kind, parent, () -> now, pack -> {});
    return writer;
  }

  public SetWriter writer() {
    if (writer == null) {
      throw new IllegalStateException("no set was begun");
    }
    return writer;
  }

  /** Completes the set. */
  public BackupSet finish() throws IOException {
    ShardPosition after =
        ShardPosition.newBuilder()
            .setShard(1)
            .setPosition(LogPosition.newBuilder().setEpoch(1).setIndex(now.getEpochSecond()))
            .build();
    BackupSet set = writer().finish(now, List.of(), List.of(after));
    writer().close();
    newest = set.id();
    return set;
  }

  /** Names a bucket. */
  public void bucket(long id, String name) throws IOException {
    Bucket bucket = Bucket.newBuilder().setId(id).setName(name).setShard(1).build();
    writer()
        .add(
            0,
            BackupRow.newBuilder()
                .setBucket(BucketState.newBuilder().setName(name).setBucket(bucket))
                .build());
  }

  /** An object that is not there any more. */
  public void remove(long bucketId, String key) throws IOException {
    writer().add(1, BackupRow.newBuilder().setObject(state(bucketId, bytes(key))).build());
  }

  /** An object with its bytes in the row. */
  public void inline(long bucketId, byte[] key, byte[] content) throws IOException {
    writer()
        .add(
            1,
            BackupRow.newBuilder()
                .setObject(
                    state(bucketId, key)
                        .setObject(version(content.length, hex(md5(content))).setInline(true))
                        .setInlineData(ByteString.copyFrom(content)))
                .build());
  }

  /** An object in chunks of its own. */
  public void object(long bucketId, String key, byte[] content, int chunkBytes) throws IOException {
    object(bucketId, key, content, part(content, chunkBytes));
  }

  /** An object in chunks that are there already. */
  public void object(long bucketId, String key, byte[] content, Part whole) throws IOException {
    writer()
        .add(
            1,
            BackupRow.newBuilder()
                .setObject(
                    state(bucketId, bytes(key))
                        .setObject(version(content.length, hex(md5(content))))
                        .setManifest(Manifest.newBuilder().setWhole(whole)))
                .build());
  }

  /** An object of several parts. */
  public void multipart(long bucketId, String key, List<byte[]> contents, int chunkBytes)
      throws IOException {
    List<PartRow> parts = new ArrayList<>();
    PartList.Builder list = PartList.newBuilder();
    MessageDigest all = digest();
    long size = 0;
    for (byte[] content : contents) {
      LogPosition id = LogPosition.newBuilder().setEpoch(1).setIndex(nextChunk++).build();
      Part part = part(content, chunkBytes);
      parts.add(PartRow.newBuilder().setId(id).setPart(part).build());
      list.addParts(PartRef.newBuilder().setId(id).setNumber(parts.size()).setSize(content.length));
      all.update(md5(content));
      size += content.length;
    }
    String etag = hex(all.digest()) + "-" + contents.size();
    writer()
        .add(
            1,
            BackupRow.newBuilder()
                .setObject(
                    state(bucketId, bytes(key))
                        .setObject(version(size, etag).setPartCount(contents.size()))
                        .setManifest(Manifest.newBuilder().setParts(list)))
                .build(),
            parts);
  }

  /** Sends content in chunks, and what names them. */
  public Part part(byte[] content, int chunkBytes) throws IOException {
    Part.Builder part =
        Part.newBuilder().setSize(content.length).setMd5(ByteString.copyFrom(md5(content)));
    for (int at = 0; at < content.length; at += chunkBytes) {
      byte[] piece = Arrays.copyOfRange(content, at, Math.min(content.length, at + chunkBytes));
      part.addSlices(
          ChunkSlice.newBuilder().setChunkId(chunk(piece).toByteString()).setLength(piece.length));
    }
    return part.build();
  }

  /** Sends one chunk. */
  public ChunkId chunk(byte[] plain) throws IOException {
    ChunkId id = ChunkId.of(0, (int) (nextChunk % 256), 1_700_000_000_000L, nextChunk++);
    try {
      writer().addChunk(record(id, plain));
    } catch (ChunkRecord.MalformedRecordException e) {
      throw new IllegalStateException(e);
    }
    return id;
  }

  /** A chunk as it is stored. */
  public ByteBuffer record(ChunkId id, byte[] plain) {
    EncodedChunk chunk = encoder.encode(id, List.of(ByteBuffer.wrap(plain)));
    try {
      byte[] record = new byte[chunk.record().readableBytes()];
      chunk.record().getBytes(chunk.record().readerIndex(), record);
      return ByteBuffer.wrap(record);
    } finally {
      chunk.release();
    }
  }

  public BackupCatalog catalog() throws IOException {
    return BackupCatalog.load(files);
  }

  private static ObjectState.Builder state(long bucketId, byte[] key) {
    return ObjectState.newBuilder().setBucketId(bucketId).setKey(ByteString.copyFrom(key));
  }

  private ObjectVersion.Builder version(long size, String etag) {
    return ObjectVersion.newBuilder()
        .setSize(size)
        .setEtag(etag)
        .setLastModifiedMs(now.toEpochMilli())
        .setNullVersion(true);
  }

  private static byte[] bytes(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] md5(byte[] content) {
    return digest().digest(content);
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
    }
    workspaces.close();
  }
}
