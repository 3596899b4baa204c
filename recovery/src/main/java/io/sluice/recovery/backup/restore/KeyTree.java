package io.sluice.recovery.backup.restore;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Gives the keys of a bucket their paths, in the order of the keys. A key that is also the
 * directory of others keeps its name, and the directory becomes {@code NAME%2F}: no key of its own
 * can, as a slash is never in a name. For one thread at a time.
 */
final class KeyTree {
  private final PathNames names;

  /**
   * The keys before that the last one begins with: all that can be a directory of the next. Each
   * begins with the one before it, so there are never more than a key has bytes.
   */
  private final Deque<File> files = new ArrayDeque<>();

  private record File(ByteString key, int depth) {}

  KeyTree(PathNames names) {
    this.names = names;
  }

  /**
   * The path of the next key, below its bucket's directory.
   *
   * @param key greater than all before, byte by byte
   */
  List<String> next(ByteString key) {
    while (!files.isEmpty() && !key.startsWith(files.getLast().key())) {
      files.removeLast();
    }
    List<String> path = names.of(key.toByteArray());
    int depth = path.size();
    for (File file : files) {
      if (key.byteAt(file.key().size()) == '/') {
        path.set(file.depth() - 1, path.get(file.depth() - 1) + PathNames.DIRECTORY_OF_OTHERS);
      }
    }
    files.addLast(new File(key, depth));
    return path;
  }
}
