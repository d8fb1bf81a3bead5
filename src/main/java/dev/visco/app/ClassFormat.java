package dev.visco.app;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Brings classes of a library to the format of Java 8. The JVM links no class of Java 5 ahead of
 * time, since such a class has no stack maps (JVMS, 4.10.1), and picocli's are of Java 5: read and
 * verified anew by each command, they took a third of its time.
 */
final class ClassFormat {
  private static final int TOO_OLD = ClassFile.JAVA_5_VERSION;

  /** The time of each entry, so that two builds are the same. */
  private static final long TIME = 1767225600000L;

  private final ClassFile classes;

  private ClassFormat(JarFile jar) {
    ClassHierarchyResolver ofJar =
        ClassHierarchyResolver.ofResourceParsing(type -> resource(jar, type));
    classes =
        ClassFile.of(
            StackMapsOption.STACK_MAPS_WHEN_REQUIRED,
            ClassHierarchyResolverOption.of(
                ofJar.orElse(ClassHierarchyResolver.defaultResolver())));
  }

  private static @Nullable InputStream resource(JarFile jar, ClassDesc type) {
    String descriptor = type.descriptorString();
    JarEntry entry = jar.getJarEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Replaces a jar by one whose old classes have stack maps; the others and all resources stay.
   *
   * @return how many classes were brought to the newer format
   */
  static int update(Path jar) throws IOException {
    Path fresh = jar.resolveSibling(jar.getFileName() + ".new");
    int updated = 0;
    try (var from = new JarFile(jar.toFile());
        var to = new JarOutputStream(new BufferedOutputStream(Files.newOutputStream(fresh)))) {
      var format = new ClassFormat(from);
      for (JarEntry entry : Collections.list(from.entries())) {
        byte[] content;
        try (InputStream in = from.getInputStream(entry)) {
          content = in.readAllBytes();
        }
        boolean isOld = isOld(entry.getName(), content);
        updated += isOld ? 1 : 0;
        var kept = new JarEntry(entry.getName());
        kept.setTime(TIME);
        to.putNextEntry(kept);
        to.write(isOld ? format.updated(content) : content);
        to.closeEntry();
      }
    }
    Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE);
    return updated;
  }

  private static boolean isOld(String name, byte[] content) {
    return name.endsWith(".class")
        && content.length > 8
        && ((content[6] & 0xff) << 8 | content[7] & 0xff) <= TOO_OLD;
  }

  private byte[] updated(byte[] old) {
    ClassModel model = classes.parse(old);
    return classes.build(
        model.thisClass().asSymbol(),
        builder -> {
          for (ClassElement element : model) {
            switch (element) {
              case ClassFileVersion _ -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
              case MethodModel method ->
                  builder.transformMethod(
                      method, MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL));
              default -> builder.with(element);
            }
          }
        });
  }
}
