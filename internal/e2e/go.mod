module github.com/pinpack/pinpack/internal/e2e

go 1.25.0

replace github.com/pinpack/pinpack => ../..

require (
	github.com/nektos/act v0.2.89
	github.com/pinpack/pinpack v0.0.0-00010101000000-000000000000
	github.com/sirupsen/logrus v1.9.3
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.0 // indirect
	github.com/julienschmidt/httprouter v1.3.0 // indirect
	golang.org/x/sys v0.43.0 // indirect
	google.golang.org/protobuf v1.36.9 // indirect
)
