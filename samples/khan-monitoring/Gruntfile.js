module.exports = function (grunt) {
  const pages = grunt.file.expand("src/*/src/main/resources/*.html");

  grunt.registerTask("pages", "Each page names its language, its charset and the release", function () {
    pages.forEach(function (page) {
      const text = grunt.file.read(page);
      ['lang="ko"', 'charset="utf-8"', "{{version}}"].forEach(function (part) {
        if (!text.includes(part)) {
          grunt.fail.warn(page + " lacks " + part);
        }
      });
      grunt.log.ok(page);
    });
  });

  grunt.registerTask("test", ["pages"]);
  grunt.registerTask("default", ["test"]);
};
