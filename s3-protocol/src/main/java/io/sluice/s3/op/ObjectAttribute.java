package io.sluice.s3.op;

/** What GetObjectAttributes can be asked for. */
public enum ObjectAttribute {
  ETAG("ETag"),
  CHECKSUM("Checksum"),
  OBJECT_PARTS("ObjectParts"),
  STORAGE_CLASS("StorageClass"),
  OBJECT_SIZE("ObjectSize");

  private final String wireName;

  ObjectAttribute(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
