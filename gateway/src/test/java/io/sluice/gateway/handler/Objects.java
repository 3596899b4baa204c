package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.SealBucket;
import java.time.Duration;
import java.util.HexFormat;

/** Puts objects and parts behind the gateway, where no handler that moves bytes is at hand. */
final class Objects {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private Objects() {}

  static Bucket bucket(TestGateway gateway, String name) {
    return gateway
        .metadata
        .query(
            0,
            Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build(),
            DEADLINE)
        .await()
        .atMost(DEADLINE)
        .getBucket();
  }

  static Outcome submit(TestGateway gateway, int shard, Command.Builder command) {
    return gateway.metadata.submit(shard, command.build(), DEADLINE).await().atMost(DEADLINE);
  }

  static void put(TestGateway gateway, String bucketName, String... keys) {
    Bucket bucket = bucket(gateway, bucketName);
    for (String key : keys) {
      submit(
          gateway,
          bucket.getShard(),
          Command.newBuilder()
              .setPutObject(
                  PutObject.newBuilder()
                      .setBucketId(bucket.getId())
                      .setKey(ByteString.copyFromUtf8(key))
                      .setObject(
                          ObjectVersion.newBuilder()
                              .setSize(3)
                              .setEtag("900150983cd24fb0d6963f7d28e17f72")
                              .setOwner(bucket.getOwner())
                              .setStorageClass("STANDARD")
                              .setInline(true))
                      .setInlineData(ByteString.copyFromUtf8("abc"))));
    }
  }

  /** Gives the part's ETag. */
  static String putPart(
      TestGateway gateway, String bucketName, String key, String uploadId, int number, long size) {
    Bucket bucket = bucket(gateway, bucketName);
    byte[] md5 = new byte[16];
    md5[15] = (byte) number;
    submit(
        gateway,
        bucket.getShard(),
        Command.newBuilder()
            .setPutPart(
                PutPart.newBuilder()
                    .setBucketId(bucket.getId())
                    .setKey(ByteString.copyFromUtf8(key))
                    .setUploadId(uploadId)
                    .setNumber(number)
                    .setPart(Part.newBuilder().setSize(size).setMd5(ByteString.copyFrom(md5)))));
    return HexFormat.of().formatHex(md5);
  }

  static MultipartUpload upload(String id, String key) {
    return MultipartUpload.newBuilder().setUploadId(id).setKey(key).build();
  }

  /** Deletes a bucket and makes it again under a new id, behind the gateway's back. */
  static void replaceBucket(TestGateway gateway, String name) {
    Bucket bucket = bucket(gateway, name);
    submit(
        gateway,
        bucket.getShard(),
        Command.newBuilder().setSealBucket(SealBucket.newBuilder().setBucketId(bucket.getId())));
    submit(
        gateway,
        0,
        Command.newBuilder()
            .setRemoveBucket(RemoveBucket.newBuilder().setBucketId(bucket.getId()).setName(name)));
    submit(
        gateway,
        0,
        Command.newBuilder()
            .setCreateBucket(
                CreateBucket.newBuilder()
                    .setName(name)
                    .setOwner(bucket.getOwner())
                    .setShard(bucket.getShard())));
  }
}
