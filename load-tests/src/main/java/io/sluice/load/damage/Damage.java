package io.sluice.load.damage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Random;

/** What happens to a file. */
enum Damage {
  FLIP {
    @Override
    void to(Path file, Path other, Random random) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      Files.write(file, bytes);
    }
  },
  TRUNCATE {
    @Override
    void to(Path file, Path other, Random random) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
    }
  },
  DELETE {
    @Override
    void to(Path file, Path other, Random random) throws IOException {
      Files.delete(file);
    }
  },
  /** It has the content of another one of its kind, and that one its. */
  SWAP {
    @Override
    void to(Path file, Path other, Random random) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Files.readAllBytes(other));
      Files.write(other, bytes);
    }
  },
  /** Its second half comes before its first. */
  REORDER {
    @Override
    void to(Path file, Path other, Random random) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      int half = bytes.length / 2;
      byte[] reordered = Arrays.copyOfRange(bytes, half, bytes.length + half);
      System.arraycopy(bytes, 0, reordered, bytes.length - half, half);
      Files.write(file, reordered);
    }
  },
  /** It has a name that a file of its kind could have. */
  RENAME {
    @Override
    void to(Path file, Path other, Random random) throws IOException {
      String name = String.valueOf(file.getFileName());
      int digit = name.length() - ".pack".length() - 1;
      String another =
          name.endsWith(".json")
              ? name + ".old"
              : name.endsWith(".pack")
                  ? name.substring(0, digit) + (name.charAt(digit) == 'f' ? "e" : "f") + ".pack"
                  : name.replaceAll("\\d+$", "77");
      Files.move(file, file.resolveSibling(another), StandardCopyOption.ATOMIC_MOVE);
    }
  };

  /**
   * Damages.
   *
   * @param other another file of the same kind
   */
  abstract void to(Path file, Path other, Random random) throws IOException;
}
