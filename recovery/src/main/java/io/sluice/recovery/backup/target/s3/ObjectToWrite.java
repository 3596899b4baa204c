package io.sluice.recovery.backup.target.s3;

/**
 * An object that is to be written.
 *
 * @param replaces whether what is there under its key may be replaced
 * @param isPlain whether others read it too: then what the endpoint says of it is compared with
 *     what was sent
 * @param locks whether it gets the lock that the target asks for
 */
record ObjectToWrite(
    String key, ObjectDescription description, boolean replaces, boolean isPlain, boolean locks) {
  /** A file of a backup, which is never replaced. */
  static ObjectToWrite file(String key) {
    return new ObjectToWrite(key, ObjectDescription.OF_FILE, false, false, true);
  }

  /** A file of a backup that may have to go at any time. */
  static ObjectToWrite removable(String key) {
    return new ObjectToWrite(key, ObjectDescription.OF_FILE, false, false, false);
  }
}
