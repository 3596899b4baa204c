package io.sluice.load.consistency;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A server that is broken on purpose: its reads don't wait for a majority's word that their node
 * still leads. It is the real jar behind one more, whose only class comes first on the class path,
 * so that nothing in the product can be set to behave like this.
 */
final class StaleServerJar {

  private static final String CLASS = "io/sluice/metadata/raft/ReadIndexReads";

  private StaleServerJar() {}

  /** Makes one in {@code directory} of the server whose libraries lie in {@code lib} beside it. */
  static Path in(Path directory, Path server) throws IOException {
    Path classes = Files.createDirectory(directory.resolve("stale"));
    Path source = classes.resolve("ReadIndexReads.java");
    try (InputStream resource =
        Objects.requireNonNull(StaleServerJar.class.getResourceAsStream("ReadIndexReads.java"))) {
      Files.copy(resource, source);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int failed =
        compiler.run(
            null,
            null,
            null,
            "-proc:none",
            "--release=17",
            "-cp",
            libraries(server),
            "-d",
            classes.toString(),
            source.toString());
    if (failed != 0) {
      throw new IOException("the class that takes ReadIndexReads's place fits it no longer");
    }
    Path jar = directory.resolve("stale.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest(server))) {
      out.putNextEntry(new JarEntry(CLASS + ".class"));
      Files.copy(classes.resolve(CLASS + ".class"), out);
    }
    return jar;
  }

  /** One by one: the compiler knows no asterisk when it is called from a program. */
  private static String libraries(Path server) throws IOException {
    try (Stream<Path> files = Files.list(server.toAbsolutePath().resolveSibling("lib"))) {
      return files.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
  }

  /** Starts what the server starts, and finds there whatever is not in the jar itself. */
  private static Manifest manifest(Path server) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.CLASS_PATH, server.toUri().toString());
    try (JarFile original = new JarFile(server.toFile())) {
      attributes.put(
          Attributes.Name.MAIN_CLASS,
          original.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS));
    }
    return manifest;
  }
}
