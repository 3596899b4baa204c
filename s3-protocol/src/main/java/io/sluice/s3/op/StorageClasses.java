package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.util.Set;

/** Which storage classes there are. All objects are stored alike; the class is a label. */
final class StorageClasses {
  static final String STANDARD = "STANDARD";

  private static final Set<String> ACCEPTED = Set.of(STANDARD, "REDUCED_REDUNDANCY");

  private static final Set<String> OTHERS =
      Set.of(
          "STANDARD_IA",
          "ONEZONE_IA",
          "INTELLIGENT_TIERING",
          "GLACIER",
          "DEEP_ARCHIVE",
          "OUTPOSTS",
          "GLACIER_IR",
          "SNOW",
          "EXPRESS_ONEZONE",
          "FSX_OPENZFS",
          "FSX_ONTAP");

  private StorageClasses() {}

  /**
   * The class a request asks for, {@code STANDARD} when it names none.
   *
   * @throws S3Exception NotImplemented for a class of AWS's that promises what is not kept here,
   *     InvalidStorageClass for any other word
   */
  static String of(RequestHead head) {
    String name = Fields.header(head, "x-amz-storage-class");
    if (name == null) {
      return STANDARD;
    }
    if (ACCEPTED.contains(name)) {
      return name;
    }
    if (OTHERS.contains(name)) {
      throw Fields.notImplemented("x-amz-storage-class").with("StorageClass", name);
    }
    throw new S3Exception(S3ErrorCode.INVALID_STORAGE_CLASS).with("StorageClassRequested", name);
  }
}
