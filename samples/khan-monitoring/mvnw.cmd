@echo off
rem Runs the Maven of this system; the version that is needed stands in mvn\wrapper\maven.properties.
where mvn >nul 2>nul || (echo mvnw: there is no mvn on PATH. 1>&2 & exit /b 127)
mvn %*
