package io.sluice.app.hostile;

import static io.sluice.s3.S3Operation.*;

import io.sluice.s3.Discriminator;
import io.sluice.s3.S3Operation;
import java.util.Set;
import java.util.StringJoiner;

/** A request for each row of the operation table. */
final class Operations {
  static final Set<S3Operation> IMPLEMENTED =
      Set.of(
          LIST_BUCKETS,
          CREATE_BUCKET,
          HEAD_BUCKET,
          DELETE_BUCKET,
          GET_BUCKET_LOCATION,
          GET_BUCKET_REPLICATION,
          PUT_BUCKET_REPLICATION,
          DELETE_BUCKET_REPLICATION,
          PUT_OBJECT,
          GET_OBJECT,
          HEAD_OBJECT,
          DELETE_OBJECT,
          DELETE_OBJECTS,
          COPY_OBJECT,
          GET_OBJECT_ATTRIBUTES,
          GET_OBJECT_TAGGING,
          LIST_OBJECTS,
          LIST_OBJECTS_V2,
          LIST_OBJECT_VERSIONS,
          CREATE_MULTIPART_UPLOAD,
          UPLOAD_PART,
          UPLOAD_PART_COPY,
          COMPLETE_MULTIPART_UPLOAD,
          ABORT_MULTIPART_UPLOAD,
          LIST_PARTS,
          LIST_MULTIPART_UPLOADS);

  private Operations() {}

  static S3Request request(S3Operation operation, String bucket, String key) {
    String path =
        switch (operation.level()) {
          case SERVICE -> "/";
          case BUCKET -> "/" + bucket;
          case OBJECT -> "/" + bucket + "/" + key;
        };
    StringJoiner query = new StringJoiner("&");
    for (Discriminator.Condition condition : operation.discriminator().query()) {
      query.add(condition.name() + "=" + value(condition));
    }
    String target = query.length() == 0 ? path : path + "?" + query;
    S3Request request = S3Request.of(operation.method().name(), target);
    String header = operation.discriminator().header();
    return header == null ? request : request.header(header, "/" + bucket + "/" + key);
  }

  private static String value(Discriminator.Condition condition) {
    String value = condition.value();
    if (value != null) {
      return value;
    }
    return condition.name().equals("partNumber") ? "1" : "";
  }
}
